"""The words that authors know, each a few lines over the verbs. The host knows none of them."""
