"""Actions on notices: queue, word, batch, deliver, await the receipt."""
