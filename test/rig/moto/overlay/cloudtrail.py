"""LookupEvents: the calls this endpoint has served, the latest first. Who made them is always the same."""

import json

from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.utils import unix_time

from . import faults


def lookup_events(self) -> str:
    wanted = {a["AttributeKey"]: a["AttributeValue"] for a in self._get_param("LookupAttributes") or []}
    source = wanted.get("EventSource", "").removesuffix(".amazonaws.com")
    most = min(int(self._get_param("MaxResults") or 50), 50)
    changes = [c for c in faults.calls if c["service"] == source and not c["action"].startswith("Describe")]
    events = [
        {"EventName": c["action"], "Username": "sre", "EventSource": f"{source}.amazonaws.com", "EventTime": unix_time()}
        for c in changes[::-1][:most]
    ]
    return json.dumps({"Events": events})


def install() -> None:
    CloudTrailResponse.lookup_events = lookup_events
