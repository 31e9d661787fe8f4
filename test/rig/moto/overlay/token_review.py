"""The part of EKS that turns `aws eks get-token` into a user: a TokenReview webhook for the rig's API server.

The token is `k8s-aws-v1.` + base64url of a presigned STS GetCallerIdentity URL. Every check of the URL is made here,
the signature included, because the rig knows the secret keys it gave out.
"""

import base64
import binascii
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PREFIX = "k8s-aws-v1."
# access key: (secret, ARN, groups); what the rig prints as AWS_ACCESS_KEY_ID
users = {
    "AKIARIGVIEWER0000001": ("rig", "arn:aws:iam::111122223333:user/sre", ["viewers", "vpccni-inspect"]),
    "AKIARIGNOBODY0000001": ("rig", "arn:aws:iam::111122223333:user/nobody", []),
}


class Refused(Exception):
    pass


def _signature(url, query: dict, secret: str, cluster: str) -> str:
    """Signs the same request again at the same second and returns the signature."""
    key, _, region, service, _ = query["X-Amz-Credential"].split("/")
    kept = {k: v for k, v in query.items() if not k.startswith("X-Amz-") or k == "X-Amz-Security-Token"}
    request = AWSRequest("GET", f"https://{url.netloc}{url.path or '/'}", params=kept, headers={"x-k8s-aws-id": cluster})
    auth = SigV4QueryAuth(Credentials(key, secret), service, region, expires=int(query["X-Amz-Expires"]))
    request.context["timestamp"] = query["X-Amz-Date"]
    auth._modify_request_before_signing(request)
    return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)


def user_of(token: str, cluster: str) -> dict:
    if not token.startswith(PREFIX):
        raise Refused("not an EKS token")
    raw = token[len(PREFIX) :]
    try:
        url = urlsplit(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)).decode())
    except (binascii.Error, UnicodeDecodeError) as e:
        raise Refused("token is not base64url") from e
    query = {k: v[0] for k, v in parse_qs(url.query).items()}
    if not url.hostname or not url.hostname.startswith("sts.") or query.get("Action") != "GetCallerIdentity":
        raise Refused("token is not a presigned GetCallerIdentity")
    if "x-k8s-aws-id" not in query.get("X-Amz-SignedHeaders", ""):
        raise Refused("cluster name is not signed")
    made = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    if datetime.now(timezone.utc) - made > timedelta(minutes=15):
        raise Refused("token is expired")
    known = users.get(query["X-Amz-Credential"].split("/")[0])
    if not known:
        raise Refused("unknown access key")
    if _signature(url, query, known[0], cluster) != query["X-Amz-Signature"]:
        raise Refused("signature does not match")
    return {"username": known[1], "uid": known[1], "groups": known[2]}


def review(request: dict, cluster: str) -> dict:
    try:
        status = {"authenticated": True, "user": user_of(request["spec"]["token"], cluster)}
    except Refused as e:
        status = {"authenticated": False, "error": str(e)}
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status}
