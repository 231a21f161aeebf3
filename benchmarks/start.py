"""One start of an application in an interpreter of its own: ``python -m benchmarks.start``.

Words that follow are the packages it includes. What it took is printed as JSON.
"""

import sys
import time

START = time.process_time()

#: loaded when first needed, so that an application which serves signed-in people never loads them
HEAVY = ("boto3", "botocore", "requests", "wtforms", "gmpy2", "limits")


def main(includes: list[str]) -> None:
    from pyramid.config import Configurator
    from pyramid.response import Response

    config = Configurator(
        settings={
            "cognito.user_pool_id": "eu-west-1_AbCdEf123",
            "cognito.client_id": "4f1k2j3h4g5f6d7s8a9p0o1i2u",
            "cognito.secret": "k3mQ9ZrT7wXy2Bv6Nn1Lp8Jd5Gf4Hs0A",
        }
        if "pyramid_cognito" in includes
        else {}
    )
    for package in includes:
        config.include(package)
    config.add_route("home", "/")
    config.add_view(lambda request: Response("Hello"), route_name="home")
    config.make_wsgi_app()
    seconds = time.process_time() - START

    import json

    after_start = heavy()
    if "pyramid_cognito" in includes:
        send_signed_in()
    print(json.dumps({"seconds": seconds, "start": after_start, "request": heavy()}))


def heavy() -> list[str]:
    return [name for name in HEAVY if name in sys.modules]


def send_signed_in() -> None:
    from benchmarks import people
    from benchmarks.applications import PLAIN, browsers, make_application, with_cognito

    config, app = make_application(with_cognito)
    browsers(app, PLAIN, [people.cookie(config.registry["pyramid_cognito"])])()


if __name__ == "__main__":
    main(sys.argv[1:])
