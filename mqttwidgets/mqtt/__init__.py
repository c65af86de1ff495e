"""Everything that touches the network, from a Broker to the Messages that come: the only room that imports paho.

Knows neither what a payload says nor who looks at it. Imports base alone.
What happens on the network is a status, never an exception; passwords live in Broker alone.
"""
