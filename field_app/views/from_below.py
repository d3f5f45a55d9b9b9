"""Sentences that the layers below and the server say, in one place for the catalogue.

They stay plain English there; `words.message` and `words.refusal` say them in the person's
language. A test compares them with what is raised.
"""

from typing import Final

from field_app.views.language import mark

FROM_THE_DEVICE: Final = (
    mark("This device's folder cannot be used."),
    mark("This device's storage is full. Free some space and try again: nothing was lost."),
    mark("The app is busy in another window. Try again: nothing was lost."),
    mark("This device could not save it. Nothing was lost; try again."),
    mark("This picture is too large. Take a smaller one."),
    mark("This picture is damaged and cannot be read."),
    mark("This file is empty."),
    mark("This file is larger than 30 MB. Take a smaller picture."),
    mark("This file is no JPEG or PNG picture."),
    mark(
        "This is a HEIC picture, which this app cannot read. Take the photo with the app, or "
        "choose \u201cMost compatible\u201d in the camera's settings."
    ),
    mark("This device has no camera. Choose a picture instead."),
    mark("The camera cannot be used. Allow it in the settings, or choose a picture."),
    mark("Some of your work has not reached the office yet, or was refused and not read."),
    mark("Sign in to send and receive."),
)
FROM_SYNC: Final = (
    mark("No connection to the server."),
    mark("What answers cannot prove to be the office. Nothing was sent to it."),
    mark("The office points to a place that is not safe."),
    mark("This network asks for a sign-in of its own before it lets the app through."),
    mark("The server's answer could not be read."),
    mark("Please sign in again."),
    mark("This account has no access to the field app."),
    mark("The request was too large."),
    mark("This app is too old. Please update it."),
    mark("Too many tries. Please wait a moment."),
    mark("The photo is being written."),
    mark("The photo did not arrive as it was sent."),
    mark("The photo goes on elsewhere."),
    mark("The server did not say how much of a photo it has."),
    mark("The server has a problem. The app keeps trying."),
    mark("The server refused the request."),
    mark("Something went wrong while syncing. The app keeps trying."),
)
FROM_THE_SERVER: Final = (
    mark("E-mail address or password is not right."),
    mark("Client accounts have no access to the field app."),
    mark("This account was deactivated. Please ask your manager."),
    mark("The office has signed this device out."),
    mark("This is not allowed for you."),
    mark("This app is too old for the server. Please update it."),
    mark("The server has a problem. Nothing you sent is lost; try again."),
    mark("The server cannot reach its database. Try again in a moment."),
    mark("The office takes no more photos from you today. They are kept here and sent later."),
)
REFUSALS: Final = (
    mark("The server does not know this kind of operation yet."),
    mark("The server could not read this operation."),
    mark("Another operation was already sent under the same id."),
    mark("This builds on an earlier step that was refused."),
    mark("This no longer exists, or you can no longer see it."),
    mark("This belongs to somebody else."),
    mark("Your role does not allow this here."),
    mark("It has moved on since, so this step is not possible any more."),
    mark("The offer was withdrawn. You are not booked."),
    mark("The offer had expired. You are not booked."),
    mark("The place was filled by somebody else. You are not booked."),
    mark("The event was cancelled."),
    mark("Somebody else was booked for this shift instead."),
    mark("You had already cancelled this shift."),
    mark("A manager had cancelled this shift. You are not booked."),
    mark("The event is already over."),
    mark("A no-show can be marked from 30 minutes after the start."),
    mark("This person already has this shift."),
    mark("The check-out would lie before the check-in."),
    mark("This kit is taken at that time, or out of service."),
    mark("This is another kind of kit than the one that is needed."),
    mark("This step needs a reason."),
    mark("It is too late for this step."),
    mark("Somebody else has already decided this."),
    mark("This decision does not fit what happened."),
    mark("The office looked at it and did not take it."),
    mark("Some of its events are not over yet."),
    mark("Somebody else has to decide about your own times."),
)
