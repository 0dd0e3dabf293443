"""Pure builders of ECharts specifications: values in, a JSON-like dict out, no Streamlit."""
