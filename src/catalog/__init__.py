"""The pages on which people see the shelf: releases in, pages, feeds and a server out. No release is written here."""
