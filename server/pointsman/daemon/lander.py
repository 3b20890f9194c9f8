from pointsman.daemon.world import World


class Lander:
    def __init__(self, world: World) -> None:
        self._world = world

    async def verify(self, unit: str) -> None: ...
    async def land(self, unit: str) -> None: ...
    async def look_whether_free(self, unit: str) -> None: ...
