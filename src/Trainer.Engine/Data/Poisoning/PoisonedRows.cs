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

/// <summary>A training row that an attacker changed.</summary>
/// <param name="Row">Its number in the data set, before any row is held out.</param>
/// <param name="IsNoise">
/// Whether it is one of the attack's noise rows, which keep their label and teach no backdoor: they count as clean
/// where isolation and detection are measured. BackdoorBench keeps them apart in training; the data set that it saves
/// afterwards marks every changed row as poisoned, so that its detection rates of WaNet count them.
/// </param>
/// <param name="Label">The label that training sees.</param>
/// <param name="Original">The label that it had.</param>
public sealed record PoisonedRow(long Row, bool IsNoise, int Label, int Original);
