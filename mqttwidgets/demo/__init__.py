"""Something to look at without any hardware: an embedded broker and simulated sensors.

Stands above all other rooms, and nobody imports it but the command line and notebooks; the only room with amqtt.
"""
