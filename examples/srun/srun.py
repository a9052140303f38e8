#!/usr/bin/python3
"""A live helper for srun's portals, in Python with its standard library alone.

The portal's page encrypts the account with a cipher of its own: a changed XXTEA, and base64 with
another alphabet. docs/live-helpers.md explains the protocol.
"""

import base64
import hashlib
import hmac
import json
import sys
from urllib.parse import parse_qs, urlencode, urlsplit

INTERFACE = "org.hotspothelper.Live1."
ALPHABET = "LVoJPiCN2R8G90yg+hmFHuacZ1OWMnrsSTXkYpUq/3dlbfKwv6xztjI7DeBE45QA"
STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

DESCRIPTION = {
    "name": "srun-python",
    "version": "1.0.0",
    "label": "srun (Python)",
    "inputs": [
        {"name": "user", "prompt": "User name"},
        {"name": "password", "prompt": "Password", "secret": True},
    ],
    "hosts": ["@start"],
    "secret_fields": ["password", "info", "chksum"],
}


# The cipher.

def words(text):
    """Packs four UTF-16 code units into each word, as the page's script does."""
    data = text.encode("utf-16-le")
    units = [int.from_bytes(data[i:i + 2], "little") for i in range(0, len(data), 2)]
    packed = [0] * ((len(units) + 3) // 4)
    for i, unit in enumerate(units):
        packed[i // 4] |= unit << (8 * (i % 4)) & 0xFFFFFFFF
    return packed, len(units)


def encrypt(text, key):
    mask = 0xFFFFFFFF
    data, length = words(text)
    data.append(length)
    keys = words(key)[0]
    keys += [0] * (4 - len(keys))
    last, total = data[-1], 0
    for _ in range(6 + 52 // len(data)):
        total = (total + 0x9E3779B9) & mask
        for i in range(len(data)):
            following = data[(i + 1) % len(data)]
            mixed = (last >> 5 ^ following << 2) + (following >> 3 ^ last << 4 ^ total ^ following)
            mixed += keys[(i & 3) ^ (total >> 2 & 3)] ^ last
            data[i] = (data[i] + mixed) & mask
            last = data[i]
    return b"".join(word.to_bytes(4, "little") for word in data)


def encode(data):
    return base64.b64encode(data).decode().translate(str.maketrans(STANDARD, ALPHABET))


def seal(user, password, address, gateway, challenge):
    """Returns what a login is made of: password, info and checksum."""
    account = json.dumps({"username": user, "password": password, "ip": address, "acid": gateway, "enc_ver": "srun_bx1"},
                         separators=(",", ":"), ensure_ascii=False)
    info = "{SRBX1}" + encode(encrypt(account, challenge))
    digest = hmac.new(challenge.encode(), password.encode(), "md5").hexdigest()
    fields = [user, digest, gateway, address, "200", "1", info]
    checksum = hashlib.sha1("".join(challenge + field for field in fields).encode()).hexdigest()
    return digest, info, checksum


# The protocol.

class Failed(Exception):
    """An exchange failed; the agent says why."""


def send(message):
    print(json.dumps(message), flush=True)


def exchange(step, url):
    """Asks the agent to open a URL, and returns the document in the portal's JSONP."""
    send({"method": INTERFACE + "Exchange", "parameters": {"url": url, "step": step}})
    answer = json.loads(sys.stdin.readline())
    if "error" in answer:
        raise Failed(answer["parameters"].get("reason", answer["error"]))
    body = answer["parameters"]["body"]
    try:
        return json.loads(body[body.index("(") + 1:body.rindex(")")])
    except ValueError:
        raise Failed("the portal does not answer as srun does")


def page_of(portal):
    """Returns the portal's origin and the number of its gateway, None if it is not srun's."""
    origin, gateway = None, "1"
    for hop in portal["hops"]:
        address = urlsplit(hop["url"])
        if address.path.startswith("/srun_portal"):
            origin = f"{address.scheme}://{address.netloc}"
        gateway = parse_qs(address.query).get("ac_id", [gateway])[0]
    return origin, gateway


def command(origin, name, /, **parameters):
    return f"{origin}/cgi-bin/{name}?" + urlencode({"callback": "jsonp", **parameters})


def claim(parameters):
    portal = parameters.get("evidence")
    if portal and page_of(portal)[0]:
        return [{"confidence": "high", "reason": "the address of a page of srun"}]
    return [{"confidence": "none", "reason": "no address of a page of srun was seen"}] * len(parameters["networks"])


def authenticate(parameters):
    origin, gateway = page_of(parameters["portal"])
    if not origin:
        return {"outcome": "unsupported", "reason": "no address of a page of srun was seen"}
    user, password = parameters["inputs"]["user"], parameters["inputs"]["password"]
    given = exchange("challenge", command(origin, "get_challenge", username=user, ip=""))
    address = given["client_ip"]
    digest, info, checksum = seal(user, password, address, gateway, given["challenge"])
    answer = exchange("login", command(origin, "srun_portal", action="login", username=user, password="{MD5}" + digest,
                                       ac_id=gateway, ip=address, info=info, chksum=checksum, n="200", type="1",
                                       os="Linux", name="Linux", double_stack="0"))
    if answer["error"] != "ok":
        return {"outcome": "denied", "reason": answer.get("error_msg") or answer["error"]}
    return {"outcome": "submitted", "session": {"origin": origin, "gateway": gateway, "address": address}}


def logoff(parameters):
    session = parameters["session"]
    if "origin" not in session:
        return {"outcome": "unsupported", "reason": "no login is known to log off from"}
    answer = exchange("logoff", command(session["origin"], "srun_portal", action="logout",
                                        username=parameters["inputs"].get("user", ""), ip=session["address"], ac_id=session["gateway"]))
    return {"outcome": "submitted" if answer["error"] == "ok" else "denied", "reason": answer["error"]}


METHODS = {
    "Describe": lambda _: DESCRIPTION,
    "Claim": lambda parameters: {"claims": claim(parameters)},
    "Authenticate": lambda parameters: {"result": authenticate(parameters)},
    "Logoff": lambda parameters: {"result": logoff(parameters)},
}


def main():
    for line in sys.stdin:
        call = json.loads(line)
        method = METHODS.get(call["method"].removeprefix(INTERFACE))
        if call.get("oneway"):
            return  # Cancel
        if method is None:
            send({"error": "org.varlink.service.MethodNotFound", "parameters": {"method": call["method"]}})
            continue
        try:
            send({"parameters": method(call["parameters"])})
        except Failed as why:
            send({"error": INTERFACE + "Failed", "parameters": {"reason": str(why)}})


if __name__ == "__main__":
    main()
