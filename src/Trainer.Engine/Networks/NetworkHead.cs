namespace Trainer.Engine.Networks;

/// <summary>The last layer of a network, whose outputs are the logits.</summary>
internal static class NetworkHead
{
    /// <summary>The keys of the module that owns the state dict's last matrix, in the order of the modules.</summary>
    /// <returns>Empty where the network has no matrix.</returns>
    public static IReadOnlySet<string> Keys(nn.Module network)
    {
        var keys = StateLoader.Tensors(network).Select(item => (item.Key, Rank: item.Tensor.shape.Length)).ToList();
        var matrix = keys.LastOrDefault(item => item.Rank == 2).Key;
        return matrix is null ? new HashSet<string>()
            : keys.Select(item => item.Key).Where(key => Owner(key) == Owner(matrix)).ToHashSet(StringComparer.Ordinal);
    }

    private static string Owner(string key) => key[..(key.LastIndexOf('.') + 1)];
}
