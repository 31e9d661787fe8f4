"""moto as an EC2, EKS, Auto Scaling, IAM and STS endpoint, with the overlay in place. For tests only.

usage: python serve.py READY_FILE. Listens on a free port of 127.0.0.1 and writes its URL to READY_FILE (atomically).
Ends on SIGTERM, or when stdin reaches its end (the parent is gone).
"""

import io
import json
import logging
import os
import sys
import threading

sys.dont_write_bytecode = True
os.environ.setdefault("MOTO_ACCOUNT_ID", "111122223333")
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("AWS_ACCESS_KEY_ID", "rig")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "rig")
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

from overlay import admin, faults, install  # noqa: E402

LARGEST_BODY = 50_000_000


class Application:
    """Admin path and faults first, then moto, one request at a time: its models are not made for parallel writers."""

    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.one_at_a_time = threading.RLock()

    def __call__(self, environ, start_response):
        length = min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST_BODY)
        body = environ["wsgi.input"].read(length) if length else b""
        environ["wsgi.input"] = io.BytesIO(body)
        path = environ.get("PATH_INFO", "")
        if path.startswith("/rig/"):
            return self.admin(environ["REQUEST_METHOD"], path, body, start_response)
        if path.startswith("/moto-api"):
            return self.moto(environ, start_response)
        service, action = faults.identify(environ, body)
        entry = faults.begin(service, action)
        seen = ["500"]
        try:
            rule = faults.pick(service, action)
            planned = faults.answer(rule, service, action) if rule else None
            if planned:
                status, headers, data = planned
                seen[0] = status
                start_response(status, headers)
                return [data]

            def start(status, headers, exc_info=None):
                seen[0] = status
                return start_response(status, headers)

            with self.one_at_a_time:
                return [b"".join(self.moto(environ, start))]
        finally:
            faults.end(entry, seen[0])

    def admin(self, method, path, body, start_response):
        if path == "/rig/token-review":  # asked by the API server while an add-on update may hold the lock
            status, reply = admin.handle(method, path, body)
        else:
            with self.one_at_a_time:
                status, reply = admin.handle(method, path, body)
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(reply).encode()]


def watch_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    install()
    admin.state["account"] = os.environ["MOTO_ACCOUNT_ID"]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, Application(), threaded=True)
    threading.Thread(target=watch_parent, daemon=True).start()
    ready = sys.argv[1]
    with open(f"{ready}.tmp", "w", encoding="utf-8") as f:
        f.write(f"http://127.0.0.1:{server.port}")
    os.replace(f"{ready}.tmp", ready)
    server.serve_forever()


if __name__ == "__main__":
    main()
