"""Tokens and concerts for requests made from the OpenAPI document.

Paying and leaving end a pass, so each request with a queue token is made by a person who has just joined.
"""

import json
import os
import re
import unicodedata
import urllib.error
import urllib.request

import schemathesis
from hypothesis import strategies

BASE = os.environ["SERVER_URL"]
OPERATOR = os.environ["OPERATOR_TOKEN"]
METRICS = os.environ["METRICS_TOKEN"]


def send(path, token=None, body=None, method="POST"):
    """What the server answers to a request that must succeed."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = b"" if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def new_concert():
    return send(
        "/v1/concerts",
        token=OPERATOR,
        body={
            "name": "Always on sale",
            "capacity": 50_000,
            "price": 100,
            "openingAt": "2020-01-01T00:00:00Z",
            "closingAt": "2100-01-01T00:00:00Z",
            "eventDate": "2100-01-02T00:00:00Z",
        },
    )["id"]


UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

OPEN_LINE = {"capacity": 1_000_000, "ratePerMinute": 0, "paused": False}

CONCERT = new_concert()
SALE = send("/v1/sales", token=OPERATOR, body={"name": "By code", "access": "code"})["id"]


def new_user():
    token = send("/v1/users", body={"name": "Generated"})["token"]
    send("/v1/charges", token=token, body={"amount": 1_000_000}, method="PATCH")
    return token


def new_place():
    joined = send("/v1/enqueues", token=new_user())
    assert joined["status"] == "admitted", joined
    return joined["token"]


MAIN_SALE = send("/v1/enqueues", token=new_user())["saleId"]


def hold(case, token):
    """Holds the seats that a request is to pay or release, as far as they are free."""
    if not isinstance(case.path_parameters, dict) or case.path_parameters.get("id") != CONCERT:
        return
    seats = [case.path_parameters.get("seatNo")]
    if isinstance(case.body, dict):
        seats = case.body.get("seatNos")
    try:
        send(f"/v1/concerts/{CONCERT}/reservations", token=token, body={"seatNos": seats})
    except urllib.error.HTTPError as refusal:
        assert refusal.code == 400, refusal


# What these do needs a hold.
OF_HOLDS = {
    "POST /v1/concerts/{id}/payments",
    "POST /v1/concerts/{id}/seats/{seatNo}/payments",
    "DELETE /v1/concerts/{id}/seats/{seatNo}/reservations",
}

TOKENS = {
    "userToken": new_user,
    "queueToken": new_place,
    "operatorToken": lambda: OPERATOR,
    "metricsToken": lambda: METRICS,
}


@schemathesis.auth(refresh_interval=None)
class Token:
    """A token of the first kind that the operation names; none for an operation without security."""

    def get(self, case, context):
        for requirement in context.operation.definition.raw.get("security", []):
            for kind in requirement:
                token = TOKENS[kind]()
                if context.operation.label in OF_HOLDS:
                    hold(case, token)
                return token
        return None

    def set(self, case, token, context):
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Most requests are for a concert or sale that exists; the last digit of a generated id keeps some as they are.

    What is not an id stays: it was made to be refused."""
    named = (path_parameters or {}).get("id")
    if isinstance(named, str) and UUID.fullmatch(named) and named[-1] not in "0123":
        path_parameters["id"] = SALE if context.operation.path.startswith("/v1/sales/") else CONCERT
    return path_parameters


@schemathesis.hook
def before_call(context, case, kwargs):
    """Changes of the main sale go to the other one: everybody joins the main sale, and must be let in at once.

    Its id comes from answers, which later requests are made of."""
    named = (case.path_parameters or {}).get("id")
    if case.method != "GET" and case.operation.path.startswith("/v1/sales/") and named == MAIN_SALE:
        case.path_parameters["id"] = SALE


@schemathesis.hook
def after_call(context, case, response):
    """Opens the line again after a request that turned its dials, since every new place must be inside."""
    if case.method == "PATCH" and case.operation.path == "/v1/line" and response.status_code == 200:
        send("/v1/line", token=OPERATOR, body=OPEN_LINE, method="PATCH")


# These are letters and symbols to Unicode, and show nothing: fillers of Hangul, Braille without dots, and
# placeholders for what is not text.
UNSEEN = "\u115f\u1160\u3164\uffa0\u2800\ufffc\ufffd"

# A name is text for people; the document cannot say which characters a language uses.
schemathesis.openapi.format(
    "display-name",
    strategies.text(
        strategies.characters(categories=["L", "N", "P", "S"], exclude_characters=UNSEEN),
        min_size=1,
        max_size=200,
    ).filter(lambda name: len(unicodedata.normalize("NFC", name)) <= 200),
)


def whole(value):
    """The same JSON with 1.0 written as 1: a schema takes it for an integer, the server asks for one without a point."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [whole(item) for item in value]
        case dict():
            return {key: whole(item) for key, item in value.items()}
    return value


@schemathesis.hook
def map_body(context, body):
    return whole(body)


# Fields that are checked against each other, against the clock or against what there is, which a JSON schema
# cannot say.
OF_OPENINGS = {"lobbyAt", "opensAt", "closesAt", "order", "beaconSource", "beacon"}
RELATED = {
    "POST /v1/concerts": {"openingAt", "closingAt", "eventDate", "saleIds"},
    "POST /v1/sales": OF_OPENINGS | {"concertIds"},
    "PATCH /v1/sales/{id}": OF_OPENINGS | {"concertIds"},
    "POST /v1/sales/{id}/codes": {"access"},
}


@schemathesis.check
def valid_requests_are_understood(ctx, response, case):
    """What the document allows is never refused as malformed; a rule of the sale may still refuse it."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    problem = response.json()
    related = RELATED.get(case.operation.label, set())
    if problem["code"] == "invalid_request" and problem["field"] not in related:
        raise AssertionError(f"the document allows this request, and the server says: {problem}")
