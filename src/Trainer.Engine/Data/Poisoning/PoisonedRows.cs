using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>The training rows that an attacker changed: the truth that detection is measured against.</summary>
/// <param name="Rows">In the order of their numbers; without chosen rows that the attack leaves as they are.</param>
/// <param name="FileHashes">The SHA-256 of each file that the attack reads.</param>
public sealed record PoisonedRows(IReadOnlyList<PoisonedRow> Rows, IReadOnlyList<byte[]> FileHashes)
{
    /// <summary>
    /// A hash of the rows, of their labels, and of the files that the attack reads. Pixels are left out: another
    /// machine may round one of them differently.
    /// </summary>
    public string Fingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(MemoryMarshal.AsBytes<long>(Rows.SelectMany(
                row => new[] { row.Row, row.IsNoise ? 1 : 0, row.Label }).ToArray()));
            foreach (var file in FileHashes)
                hash.AppendData(file);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>Those of a part of the training rows.</summary>
    internal PoisonedRows Within(IReadOnlySet<long> rows) =>
        this with { Rows = [.. Rows.Where(row => rows.Contains(row.Row))] };
}
