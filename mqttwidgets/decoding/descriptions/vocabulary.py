"""The vocabulary that quantities, categories and states are told by, as data; `quantities.py` goes by it.

Quantities are called as Home Assistant calls its device classes
(https://www.home-assistant.io/integrations/sensor/#device-class), so far as it has one.
"""

from __future__ import annotations


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Lines of `name: word word`; a line without a name goes on."""
    found: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in text.strip().splitlines():
        head, colon, words = line.rpartition(":")
        name = head.strip() if colon else name
        found[name] = (*found.get(name, ()), *words.split())
    return found


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STEMS = _table("""
    wind_speed: windgeschwindigkeit windspeed vitessevent velocidadviento velocitavento windsnelheid predkoscwiatru
    wind_direction: windrichtung winddir directionvent direccionviento direzionevento windrichting kierunekwiatru
    temperature: temperatur temperature temperatura temperatuur teplota lampotila celsius fahrenheit
        dewpoint taupunkt
    humidity: humidity luftfeucht feuchte feuchtigkeit humidite humedad umidita vochtigheid wilgotnosc
        fuktighet vlhkost
    moisture: moisture bodenfeuchte humedadsuelo umiditasuolo bodemvocht
    atmospheric_pressure: barometer barometric luftdruck airpressure pressionatmos sealevelpressure
    pressure: pressure druck pression presion pressione cisnienie tlak
    voltage: voltage spannung tension tensione spanning napiecie voltaje
    current: current stromstaerke courant corriente corrente intensidad amperage
    reactive_power: reactivepower blindleistung puissancereactive potenciareactiva
    apparent_power: apparentpower scheinleistung puissanceapparente potenciaaparente
    power_factor: powerfactor leistungsfaktor cosphi facteurpuissance
    power: power leistung puissance potencia potenza vermogen wattage
    energy: energy energie energia zaehlerstand consumption verbrauch consommation consumo verbruik zuzycie
    illuminance: illuminance illumination helligkeit luminosite luminosidad luminosita lichtsterkte
        beleuchtung jasnosc
    irradiance: irradiance solarradiation globalstrahlung einstrahlung rayonnement
    carbon_dioxide: carbondioxide kohlendioxid
    carbon_monoxide: carbonmonoxide kohlenmonoxid
    volatile_organic_compounds: tvoc
    sound_pressure: soundpressure soundlevel schallpegel
    precipitation: rainfall precipitation niederschlag regenmenge
    volume_flow_rate: flowrate durchfluss debit caudal portata debiet przeplyw volumenstrom
    volume: volumen volumes
    speed: speed geschwindigkeit vitesse velocidad velocita snelheid predkosc drehzahl
    distance: distance distanz abstand entfernung distancia distanza afstand odleglosc altitude
    weight: weight gewicht poids
    frequency: frequency frequenz frequence frecuencia frequenza frequentie czestotliwosc
    duration: duration uptime laufzeit betriebsstunden runtime duree durata
    signal_strength: signalstrength rssi linkquality signalqual
    battery: battery batterie batteria akku bateria
    level: fuellstand wasserstand pegel niveau livello poziom brightness
    angle: angle winkel heading bearing azimuth elevation
    acceleration: acceleration beschleunigung accelerat
    count: counter anzahl zaehler nombre aantal liczba contador contatore
    conductivity: conductivity leitfaehigkeit conductivite
    position: position latitude longitude
""")
"""Quantity → texts that the name of one contains; the more special ones first."""

WORDS = _table("""
    temperature: t temp tmp tc tf dew chill
    humidity: h hum humi rh humid vocht
    atmospheric_pressure: baro barometer qnh slp
    pressure: press pres druk
    voltage: volt volts vcc vbat vbatt vbus
    current: amp amps ampere strom stroom prad i_rms irms
    power: watt watts pwr moc apower
    apparent_power: va
    power_factor: pf factor
    energy: kwh wh
    illuminance: lux lx light illum
    uv_index: uv uvi uvindex
    carbon_dioxide: co2 eco2
    carbon_monoxide: co
    volatile_organic_compounds: voc
    pm1: pm1
    pm25: pm25
    pm10: pm10
    aqi: aqi iaq
    ozone: o3 ozone
    nitrogen_dioxide: no2
    nitrogen_monoxide: no
    sulphur_dioxide: so2
    ammonia: nh3
    ph: ph
    sound_pressure: noise sound laerm lautstaerke bruit
    precipitation: rain regen pluie lluvia pioggia deszcz
    volume_flow_rate: flow
    gas: gas
    water: water wasser eau agua acqua woda
    speed: rpm
    weight: mass masse kg peso waga
    frequency: freq hz
    duration: seconds minutes hours
    signal_strength: rssi lqi snr
    battery: batt bat soc accu
    level: level lvl depth
    angle: tilt pitch roll yaw winddir
    acceleration: acc accel
    count: count counts total pulses impulse
    position: pos lat lon lng
    moisture: soil
""")
"""Quantity → words that name it alone."""

UNITS = _table("""
    temperature: °C °F K
    atmospheric_pressure: hPa mbar inHg
    pressure: Pa kPa bar psi mmHg torr atm
    voltage: V mV kV µV
    current: A mA µA kA
    power: W kW MW GW mW
    apparent_power: VA kVA
    reactive_power: var kvar
    reactive_energy: kvarh
    energy: Wh kWh MWh J kJ MJ
    illuminance: lx klx
    irradiance: W/m²
    frequency: Hz kHz MHz GHz mHz
    signal_strength: dBm
    sound_pressure: dBA
    speed: m/s km/h mph kn kt kts mm/s rpm
    precipitation_intensity: mm/h in/h
    distance: m cm km mm ft in mi nm µm um
    weight: kg g mg t lb oz
    volume: L l m³ ml mL cl gal ft³
    volume_flow_rate: m³/h L/min l/min L/h l/h m³/s cfm
    duration: s min h d ms µs
    angle: ° rad
    acceleration: m/s² G
    conductivity: µS/cm mS/cm S/m dS/m
    ph: pH
    data_size: B kB KB MB GB TB KiB MiB GiB
    data_rate: bit/s kbit/s Mbit/s bps kbps Mbps B/s kB/s MB/s
""")
"""Quantity → units that are of no other."""

OF_UNIT = _table("""
    temperature: dewpoint
    speed: wind_speed
    distance: precipitation level position
    angle: wind_direction position
    volume: water gas
    atmospheric_pressure: pressure
    pressure: atmospheric_pressure
    energy: gas
    duration: count
    weight: level
""")
"""Quantity that a unit tells → quantities that a name may make of it."""

SHARES = ("humidity", "moisture", "battery", "level", "position", "power_factor", "signal_strength", "illuminance")
"""Quantities that percentages may be of; any other one is a share."""

_OTHERS = _words(
    """share state date timestamp monetary torque force reactive_energy data_size data_rate blood_glucose"""
)

QUANTITIES = tuple(sorted({*STEMS, *WORDS, *UNITS, *_OTHERS}))
"""All words for quantities."""

GENERIC = _words(
    """value val v state status raw data payload current_value currentvalue svalue nvalue reading measurement
    result sensor sensors tele stat params output input number main"""
)
"""Keys and levels of a topic that say nothing of the quantity: what stands above them does."""

DIAGNOSTICS = _words(
    """rssi lqi linkquality snr uptime heap freeheap loadavg loopload mqttcount linkcount reboots restarts
    bootcount wifi vcc sleeptime lastseen rxerrors txerrors retries ram fsfree sketch wlan signal channel ping
    otaprogress fwprogress startuptime firmware"""
)
"""Words of names that tell how the device itself is."""

BATTERY_WORDS = _words(
    """battery batt bat batterie batteria bateria akku accu level percent pct voltage volt low ok state v
    spannung"""
)
"""A name of these alone is that of a device's own battery."""

POWER_STATIONS = ("solar", "inverter", "victron", "powerwall", "growatt", "photovoltai", "pylontech")
POWER_STATION_WORDS = _words("bms ess ev pv ups")
"""Topics of which a word begins so, or is such a one, are of batteries that are measured for their own sake."""

SETTINGS = _words(
    """interval threshold schwelle offset calibration kalibrierung sensitivity timeout delay hysteresis hysterese
    config setting settings teleperiod keepalive countdown deadband seuil umbral soglia drempel"""
)
"""Words of names that tell how a device is set; a target temperature is none, as it is wanted in the picture."""

STATE_NAMES: dict[str, tuple[str, str]] = {
    "battery": ("low", "normal"),
    "battery_low": ("low", "normal"),
    "battery_charging": ("charging", "not charging"),
    "carbon_monoxide": ("detected", "clear"),
    "cold": ("cold", "normal"),
    "connectivity": ("connected", "disconnected"),
    "contact": ("open", "closed"),
    "door": ("open", "closed"),
    "garage_door": ("open", "closed"),
    "gas": ("detected", "clear"),
    "heat": ("hot", "normal"),
    "light": ("light", "dark"),
    "lock": ("unlocked", "locked"),
    "moisture": ("wet", "dry"),
    "motion": ("motion", "clear"),
    "moving": ("moving", "still"),
    "occupancy": ("occupied", "clear"),
    "opening": ("open", "closed"),
    "plug": ("plugged in", "unplugged"),
    "power": ("on", "off"),
    "presence": ("home", "away"),
    "problem": ("problem", "OK"),
    "running": ("running", "not running"),
    "safety": ("unsafe", "safe"),
    "smoke": ("smoke", "clear"),
    "sound": ("sound", "clear"),
    "tamper": ("tampered", "clear"),
    "update": ("update available", "up to date"),
    "vibration": ("vibration", "clear"),
    "water_leak": ("wet", "dry"),
    "window": ("open", "closed"),
    "window_open": ("open", "closed"),
}
"""Class of a state, as Home Assistant and zigbee2mqtt name them → the words for on and off."""
