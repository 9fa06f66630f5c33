"""The browser softphone: a gateway that makes a SIP phone of a browser window."""
