from __future__ import annotations
import itertools
import pytest
from pages.test_mart_pages import *  # noqa
from pages.test_mart_pages import war, site_of_war, reader
from killmart.runtime import Runtime

ODD = ["", "%00", "%ED%A0%80", "%F0%9F%98%80", "0", "-1", "1", "99999999999999999999999", "9223372036854775807", "0001-01-01", "9999-12-31", "2026-01-01", "2999-12-31", "2003-01-01","null", "'", "%25", "%5C", "%5C%5C%25_", "%3Cb%3E", "1e5", "1.0", "1_0", "%D9%A1", "+", "true", "NaN", "2026-W01-1", "20260101", "a"*300, "%2e%2e%2f", "\u202e".encode().hex()]
PAGES = {
 "/charts": ["q","span","first","last","chart","download","theme"],
 "/charts/names": ["q"],
 "/charts/battles": ["before"],
 "/charts/alliance/%s" % FIRST_ALLIANCE: ["span","first","last","chart","download","theme"],
 "/charts/system/%s" % FIRST_SYSTEM: ["first","last"],
 "/charts/alliance/%s/battles" % FIRST_ALLIANCE: ["before"],
 "/charts/character/%s/battles" % FIRST_CHARACTER: ["before"],
 "/charts/battles/1": ["after"],
 "/api/v1/killmails": ["entity_kind","entity_id","role","system_id","from","to","min_value","cursor","limit", "x"],
 "/api/v1/entities/search": ["q","entity_kind","limit"],
 "/api/v1/entities/alliance/%s" % FIRST_ALLIANCE: ["from","to"],
 "/api/v1/entities/system/%s" % FIRST_SYSTEM: ["from","to"],
 "/api/v1/marts/activity_daily": ["entity_kind","entity_id","from","to","cursor","limit"],
 "/api/v1/marts/items_daily": ["type_id","from","to","limit"],
 "/api/v1/battles": ["system_id","min_kills","from","to","cursor","limit"],
 "/api/v1/coverage": ["from","to"],
 "/api/v1/coverage/2026-01-01": ["cursor","limit"],
}
PATHS = ["/charts/%s/1","/charts/character/%s","/charts/system/%s","/charts/system/%s/battles","/charts/battles/%s","/charts/corporation/%s/battles","/api/v1/killmails/%s","/api/v1/entities/%s/1","/api/v1/entities/system/%s","/api/v1/entities/character/%s","/api/v1/marts/%s","/api/v1/battles/%s","/api/v1/coverage/%s","/api/v1/%s","/static/%s"]
def test_fuzz(reader):
    bad=[]
    n=0
    urls=[f"{p}?{k}={v}" for p,ks in PAGES.items() for k in ks for v in ODD]
    urls+=[p%v for p in PATHS for v in ODD]
    urls+=[f"{p}?{k}={v}&{k}={w}" for p,ks in PAGES.items() for k in ks for v,w in (("1","2"),("","2026-01-01"))]
    urls+=["/charts?q=&q=a","/api/v1/marts/activity_daily?from=2999-12-31","/api/v1/killmails?from=2003-01-01&to=2003-01-02","/api/v1/killmails?to=2003-01-01"]
    urls+=["/api/v1/killmails?%ED%A0%80=1","/api/v1/killmails?%00=1","/api/v1/killmails?"+"a"*3000+"=1", "/charts?q=%EF%BC%91"]
    for u in urls:
        a=reader.get(u, follow_redirects=False); n+=1
        if a.status_code>=500: bad.append((a.status_code,u,a.text[:200]))
    print(n, len(bad))
    for b in bad[:40]: print(b)
    assert not bad
