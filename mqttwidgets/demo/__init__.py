"""Something to look at without any hardware: an embedded broker and simulated sensors.

Stands above all other rooms: only the command line and notebooks import it. The only room with amqtt.
"""
