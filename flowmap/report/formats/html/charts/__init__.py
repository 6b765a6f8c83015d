"""Charts over time axes: specifications in Vega-Lite, drawn to SVG before the page is sent."""
