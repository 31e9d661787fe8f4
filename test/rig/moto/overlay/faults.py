"""Answers of a bad day, per API action: denied, throttled, silent, or a proxy's HTML page."""

import json
import threading
import time

from moto.eks.responses import EKSResponse

_eks = EKSResponse()
_eks.region = "us-east-1"

# {"service": "ec2", "action": "DescribeSubnets" or "*", "kind": deny|throttle|hang|html|status, "times": n, ...}
rules: list[dict] = []
calls: list[dict] = []  # every AWS call served since the last DELETE /rig/calls
_lock = threading.Lock()
_running = {"now": 0, "peak": 0}

HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1>proxy</body></html>"


def identify(environ, body: bytes) -> tuple[str, str]:
    """(service, action) of a request, from its signature scope and its form body or REST path."""
    scope = environ.get("HTTP_AUTHORIZATION", "").split("Credential=")[-1].split(",")[0].split("/")
    service = scope[3] if len(scope) > 4 else "unsigned"
    form = body.decode("utf-8", "replace")
    if "Action=" in form:
        return service, form.split("Action=")[1].split("&")[0]
    if service == "eks":
        path = environ.get("PATH_INFO", "")
        return service, _eks._get_action_from_method_and_request_uri(environ["REQUEST_METHOD"], path) or path
    # the JSON protocols name their action in a header: ServiceQuotasV20190624.ListServiceQuotas
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    return service, target.split(".")[-1] or environ.get("PATH_INFO", "")


def pick(service: str, action: str) -> dict | None:
    with _lock:
        for rule in rules:
            if rule["service"] in ("*", service) and rule.get("action", "*") in ("*", action):
                if rule.get("times") is None:
                    return rule
                if rule["times"] > 0:
                    rule["times"] -= 1
                    return rule
    return None


def _xml(code: str, message: str, service: str) -> bytes:
    error = f"<Code>{code}</Code><Message>{message}</Message>"
    if service == "ec2":
        text = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>rig-0</RequestID></Response>"
    else:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>rig-0</RequestId></ErrorResponse>"
        )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _error(service: str, action: str, kind: str):
    who = "arn:aws:sts::111122223333:assumed-role/sre/rig"
    denied = (
        f"User: {who} is not authorized to perform: {service}:{action} on resource: * "
        f"because no identity-based policy allows the {service}:{action} action"
    )
    if service == "eks":
        code, status, message = {
            "deny": ("AccessDeniedException", "403 Forbidden", denied),
            "throttle": ("ThrottlingException", "429 Too Many Requests", "Rate exceeded"),
        }[kind]
        headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)]
        return status, headers, json.dumps({"message": message}).encode()
    if kind == "deny":
        code = "UnauthorizedOperation" if service == "ec2" else "AccessDenied"
        message = f"You are not authorized to perform this operation. {denied}" if service == "ec2" else denied
        return "403 Forbidden", [("Content-Type", "text/xml")], _xml(code, message, service)
    if service == "ec2":
        body = _xml("RequestLimitExceeded", "Request limit exceeded.", service)
        return "503 Service Unavailable", [("Content-Type", "text/xml")], body
    return "400 Bad Request", [("Content-Type", "text/xml")], _xml("Throttling", "Rate exceeded", service)


def answer(rule: dict, service: str, action: str):
    """(status, headers, body), or None when the request should be served after all (a hang that ends)."""
    kind = rule["kind"]
    if kind == "hang":
        time.sleep(rule.get("seconds", 3600))
        return None
    if kind == "html":
        return "502 Bad Gateway", [("Content-Type", "text/html")], HTML.encode()
    if kind == "status":
        return rule.get("status", "500 Internal Server Error"), [("Content-Type", "text/plain")], b"rig"
    return _error(service, action, kind)


def begin(service: str, action: str) -> dict:
    with _lock:
        _running["now"] += 1
        _running["peak"] = max(_running["peak"], _running["now"])
        entry = {"service": service, "action": action, "status": None}
        calls.append(entry)
        return entry


def end(entry: dict, status: str) -> None:
    with _lock:
        _running["now"] -= 1
        entry["status"] = int(status.split()[0])


def log() -> dict:
    return {"peak": _running["peak"], "calls": list(calls)}


def clear_log() -> None:
    with _lock:
        calls.clear()
        _running["peak"] = _running["now"]
