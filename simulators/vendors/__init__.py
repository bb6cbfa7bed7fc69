"""An SMS and voice company, a DingTalk and a WeCom robot and a webhook, over real HTTP; with a page of phones."""
