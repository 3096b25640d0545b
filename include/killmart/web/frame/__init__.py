"""What every page shares: templates, look, downloads, paging, access, errors in our own look."""
