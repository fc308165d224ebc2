import sys

import landfall_client

url, right, wrong = sys.argv[1:]
with landfall_client.connect(url=url, token_file=right) as config:
    print(config.get("db.password"))
with landfall_client.connect(url=url) as config:
    password = config.property("db.password").as_string("none")
    print(config.get("db.password", password.value), password.problem.code)
try:
    landfall_client.connect(url=url, token_file=wrong, wait=0)
except landfall_client.LandfallError as error:
    print(error.code)
