"""What every action needs: context, keys, links, ids."""
