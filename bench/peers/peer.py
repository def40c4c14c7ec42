"""peer.py KIND - peers of the benchmark in Python; bench/peer.h tells how they talk.

asyncpg            so many tasks that take turns at a pool of connections
sqlalchemy-pg      SQLAlchemy on asyncpg: two SELECTs gathered, one such round after another
sqlalchemy-sqlite  the same on aiosqlite
"""
import asyncio
import random
import resource
import sys
import time
import urllib.parse

PERSONS = 100000


def name_of(person):
    return "person number %06d" % (person % 1000000)


def check(name, person):
    if name != name_of(person):
        raise RuntimeError("person %d is not called %r" % (person, name))


class Asyncpg:
    async def open(self, uri, table, connections):
        import asyncpg

        self.sql = "SELECT name FROM %s WHERE id = $1" % table
        self.free = asyncio.Queue()
        for _ in range(connections):
            self.free.put_nowait(await asyncpg.connect(uri))

    # Not by asyncpg's own pool, which takes one more trip to reset a connection that comes back.
    async def once(self):
        person = random.randint(1, PERSONS)
        connection = await self.free.get()
        check(await connection.fetchval(self.sql, person), person)
        self.free.put_nowait(connection)


class SqlAlchemy:
    async def open(self, uri, table, connections):
        from sqlalchemy import text
        from sqlalchemy.ext.asyncio import create_async_engine

        self.sql = text("SELECT name FROM %s WHERE id = :id" % table)
        self.engine = create_async_engine(self.url(uri))

    @staticmethod
    def url(uri):
        if uri.startswith("sqlite:"):
            return "sqlite+aiosqlite:///" + uri[len("sqlite:"):].split("?")[0]
        parts = urllib.parse.urlsplit(uri)
        query = [(k, v) for k, v in urllib.parse.parse_qsl(parts.query) if k in ("host", "port")]
        return urllib.parse.urlunsplit(
            ("postgresql+asyncpg", parts.netloc, parts.path, urllib.parse.urlencode(query), ""))

    async def select(self):
        person = random.randint(1, PERSONS)
        async with self.engine.connect() as connection:
            check((await connection.execute(self.sql, {"id": person})).scalar_one(), person)

    async def once(self):
        await asyncio.gather(self.select(), self.select())


async def keep_asking(peer, end, took):
    now = 0
    while now < end:  # once at least, however late it is
        began = time.perf_counter()
        await peer.once()
        now = time.perf_counter()
        took.append(now - began)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def work(peer, seconds, in_flight):
    took = []
    used, began = cpu(), time.perf_counter()
    await asyncio.gather(*(keep_asking(peer, began + seconds, took) for _ in range(in_flight)))
    used, lasted = cpu() - used, time.perf_counter() - began
    took.sort()
    n = len(took)
    return "%.6g %.6g %.6g %.6g" % (n / lasted, used * 1e6 / n, took[n // 2] * 1e6, took[n * 99 // 100] * 1e6)


def main():
    kinds = {"asyncpg": (Asyncpg, "asyncpg"), "sqlalchemy-pg": (SqlAlchemy, "sqlalchemy"),
             "sqlalchemy-sqlite": (SqlAlchemy, "sqlalchemy")}
    make, name = kinds[sys.argv[1]]
    peer = make()
    loop = asyncio.new_event_loop()
    print("here", name, flush=True)
    for line in sys.stdin:
        words = line.split()
        try:
            if words[0] == "open":
                loop.run_until_complete(peer.open(words[1], words[2], int(words[3])))
                print("open", flush=True)
            else:
                print(loop.run_until_complete(work(peer, int(words[0]) / 1e3, int(words[1]))), flush=True)
        except Exception as error:
            print("failed", repr(error).replace("\n", " ")[:200], flush=True)


main()
