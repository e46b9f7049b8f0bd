"""A university beside the containers that deploy/test-deploy.sh starts: a demo's, at an https address of its own.

    python -m tests.operation.containers.university ISSUERS_SITE MUTUA FOLDER PORT

It listens on 127.0.0.1 only; nginx has its certificate. Client secret and passwords are in FOLDER.
"""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from demo.identity import Campus, router
from demo.identity_people import load, secrets_in


def main(site: str, mutua: str, folder: str, port: str) -> None:
    people = load()
    app = FastAPI()
    app.include_router(router(Campus(people, secrets_in(Path(folder), people), mutua, site)))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
