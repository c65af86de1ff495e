"""From messages to series, live: one bounded inbox, the store, and the ledger of what became of each message.

It brings `mqtt`, `decoding` and `series` together; it knows no plot and no analysis.
The network thread appends to the inbox and returns; whoever needs data drains it. `eviction` keeps series within
their bounds; `stream_status` knows its rhythm, and puts its status into words; `series.gaps`
has how long a silence makes a stream stale.
"""
