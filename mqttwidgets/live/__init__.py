"""From messages to series, as they come: one bounded inbox, the store, and what became of each message.

Puts `mqtt`, `decoding` and `series` together and imports these; knows no plot and no analysis.
`rhythm` decides when a stream is stale; `stream_status` puts it into words.
The network thread appends to the inbox and returns; whoever needs data drains.
"""
