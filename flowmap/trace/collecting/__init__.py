"""The packets of wanted stream-directions of one capture, as rows or whole."""
