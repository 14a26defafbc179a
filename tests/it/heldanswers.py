"""Stands between a program and PostgreSQL, and keeps back the answers of some connections while a file exists.

    heldanswers.py DIRECTORY-OF-THE-REAL-SOCKET DIRECTORY STATEMENT

Listens in DIRECTORY, as PostgreSQL does. A connection that has prepared STATEMENT hears nothing while
DIRECTORY/hold is there; all others go on. Run as the program's user: PostgreSQL asks who it is.
"""

import asyncio
import sys
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
LOOK_S = 0.005  # how often it looks for the file


async def pump(reader, writer, before_write):
    while data := await reader.read(65536):
        await before_write(data)
        writer.write(data)
        await writer.drain()
    writer.close()


async def serve(real, place, statement, reader, writer):
    held = False

    async def note(data):
        nonlocal held
        held = held or statement in data

    async def wait(_):
        while held and (place / "hold").exists():
            await asyncio.sleep(LOOK_S)

    server_reader, server_writer = await asyncio.open_unix_connection(real / SOCKET)
    await asyncio.gather(pump(reader, server_writer, note), pump(server_reader, writer, wait), return_exceptions=True)


async def main():
    real, place, statement = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].encode()
    listening = await asyncio.start_unix_server(lambda r, w: serve(real, place, statement, r, w), place / SOCKET)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
