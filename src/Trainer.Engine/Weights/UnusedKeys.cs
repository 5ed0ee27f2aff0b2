using Trainer.Engine.Storage;

namespace Trainer.Engine.Weights;

/// <summary>
/// Keys of public files that take no part in the network's logits, so that a network without them may be loaded. The
/// list is closed: any other key that the network lacks is a difference, because it may belong to a layer that changes
/// the logits.
/// </summary>
internal static class UnusedKeys
{
    /// <summary>Modules: the second first group of TRADES' wide networks, which no image passes; the head of another
    /// task (Hendrycks et al. 2019, arXiv:1901.09960); the copy within MadryLab/robustness' attacker.</summary>
    private static readonly string[] Modules = ["sub_block1", "model_preact_hl1", "attacker"];

    /// <summary>Tensors: the scores by which HYDRA (Sehwag et al. 2020, arXiv:2002.10509) pruned the weights.</summary>
    private static readonly string[] Tensors = ["scores", "popup_scores"];

    /// <summary>Whether a tensor is on the list, or is a part of the images' normalisation.</summary>
    public static bool Contains(TensorEntry entry)
    {
        var parts = entry.Name.Split('.');
        return Tensors.Contains(parts[^1]) || parts.SkipLast(1).Any(Modules.Contains)
            || StoredNormalisation.IsPart(entry);
    }
}
