"""What can go wrong between device and server.

* SyncError
  + Retryable          try again later; nothing is wrong with our data
    - Offline          no route, or the answer was lost
    - ServerBusy       429 or 5xx; honours Retry-After
    - TooLarge         413; the batch is halved
    - WrongOffset      409: a photo stands elsewhere than this device thought
  + Stopped            trying again cannot help until something changes
    - SignedOut        401; `is_revoked` where the office took this device's access away
    - NotAllowed       403: this person has no access
    - UpgradeRequired  426: this app is too old
    - PhotoRefused     460: the bytes that arrived are not this photo
    - ProtocolBroken   the answer breaks the contract (a bug; report it)
"""


class SyncError(Exception):
    """The message is a sentence for a person."""


class Retryable(SyncError):
    pass


class Offline(Retryable):
    pass


class ServerBusy(Retryable):
    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TooLarge(Retryable):
    pass


class WrongOffset(Retryable):
    def __init__(self, offset: int) -> None:
        super().__init__("The photo goes on elsewhere.")
        self.offset = offset


class Stopped(SyncError):
    pass


class SignedOut(Stopped):
    def __init__(self, message: str, *, is_revoked: bool = False) -> None:
        super().__init__(message)
        self.is_revoked = is_revoked


class NotAllowed(Stopped):
    pass


class PhotoRefused(Stopped):
    pass


class UpgradeRequired(Stopped):
    pass


class ProtocolBroken(Stopped):
    pass
