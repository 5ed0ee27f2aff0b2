using System.Security.Cryptography;
using System.Text;
using Trainer.Engine.Networks;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Weights;

/// <summary>Identifies a network's weights, in whatever file they came.</summary>
internal static class WeightsHash
{
    /// <summary>The hash of a network's weights; that of its file where there is no state dict.</summary>
    public static string Of(IArchitecture model, Module network) =>
        model is ForeignNetwork foreign ? foreign.Hash : Of(network);

    /// <summary>
    /// SHA-256, in lower-case hex, over each key, dtype and shape of the state dict, and the row-major values.
    /// </summary>
    public static string Of(Module network)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var noGrad = no_grad();
        foreach (var (key, tensor) in network.state_dict())
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes($"{key} {tensor.dtype} {string.Join(',', tensor.shape)}\n"));
            TensorBytes.ForEachPiece(tensor.detach().cpu().contiguous(), (bytes, _) => hash.AppendData(bytes));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256, in lower-case hex, over a tensor's values alone.</summary>
    /// <param name="values">Contiguous, on any device.</param>
    public static string Of(Tensor values)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var scope = NewDisposeScope();
        TensorBytes.ForEachPiece(values.detach().cpu(), (bytes, _) => hash.AppendData(bytes));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
