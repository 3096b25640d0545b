"""The command `simulate`; what it runs is imported when it is called, as FastAPI takes its time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def simulate(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 0,
    kills: Annotated[int, typer.Option(help="Synthetic killmails in the first load.", min=0)] = 300,
    seed: Annotated[int, typer.Option(help="Names the synthetic universe.")] = 1,
    bodies: Annotated[
        list[Path] | None, typer.Option(help="Real killmails in place of synthetic ones (.tar.bz2, .jsonl, .jsonl.gz).")
    ] = None,
    trickle: Annotated[bool, typer.Option(help="Let newer killmails join as time passes.")] = False,
    embed: Annotated[bool, typer.Option(help="RedisQ packages with bodies, as before 2025-12.")] = False,
    faults: Annotated[str, typer.Option(help="Faults to inject, such as all=0.05 or 500=0.1,r2z2:reset=0.05.")] = "",
    sde: Annotated[Path | None, typer.Option(help="Folder of CSV files to serve as static data.")] = None,
    patient: Annotated[bool, typer.Option(help="Let clients ask as often as they like, for tests that hurry.")] = False,
    day_kills: Annotated[int, typer.Option(help="About so many killmails in each whole day; 0 is all.", min=0)] = 0,
) -> None:
    """Serve simulated upstreams until Ctrl-C."""
    from killmart_demo.app import serve
    from killmart_demo.config import SimulatorConfig
    from killmart_demo.days_options import DayOptions
    from killmart_demo.faults import parse_faults
    from killmart_demo.watch import NO_LIMITS, Limits

    config = SimulatorConfig(
        port=port,
        kills=kills,
        seed=seed,
        bodies=tuple(bodies or ()),
        trickle=trickle,
        embed=embed,
        faults=parse_faults(faults, seed),
        sde=sde,
        limits=NO_LIMITS if patient else Limits(),
        esi_tokens=5_000_000 if patient else 3600,
        days=DayOptions(day_kills=day_kills),
    )
    serve(config)
