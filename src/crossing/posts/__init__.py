"""Posts, lanes, machines and the devices registered at them."""
