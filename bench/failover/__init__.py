"""A failover rehearsed: three databases, two servers, devices at work, and each of them killed."""
