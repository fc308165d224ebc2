import threading

import landfall_client

config = landfall_client.connect()
size = config.property("pool.size").as_integer(5)

workers = []


def resize(wanted):
    while len(workers) < wanted:
        ended = threading.Event()
        threading.Thread(target=work, args=(ended,), daemon=True).start()
        workers.append(ended)
    while len(workers) > wanted:
        workers.pop().set()
    print(f"pool of {len(workers)}", flush=True)


def work(ended):
    while not ended.wait(1):
        pass  # what the service does, with values of one generation: config.snapshot.get("db.url")


resize(size.value)
size.on_change(resize)
threading.Event().wait()
