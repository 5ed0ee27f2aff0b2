using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trainer.Recipes;

namespace Trainer.Engine.Data.Poisoning;

/// <summary>The rows of a file such as <c>trainer inspect</c> writes, on which a run is not trained.</summary>
internal static class ExcludedRows
{
    /// <summary>Leaves rows out.</summary>
    /// <param name="rows">The rows to train on.</param>
    /// <param name="path">The file; null for none.</param>
    /// <param name="count">How many training rows there are, those held out included.</param>
    /// <param name="fingerprint">Of the data set as it is before anything is done to it.</param>
    /// <returns>The rows that are left, those that are not, and a hash of these; null where there is no file.</returns>
    /// <exception cref="TrainerException">The file cannot be read, or nothing would be left.</exception>
    public static (long[] Kept, long[] Excluded, string? Hash) Without(
        long[] rows, string? path, long count, string fingerprint)
    {
        if (path is null)
            return (rows, [], null);
        var named = Read(path, count, fingerprint);
        long[] kept = [.. rows.Where(row => !named.Contains(row))];
        if (kept.Length == 0)
            throw OwnData.Fault(path, $"names all {rows.Length} training rows", "Name fewer, so that some are left");
        var excluded = rows.Where(named.Contains).ToArray();
        return (kept, excluded, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(excluded.AsSpan()))));
    }

    /// <summary>Reads the file.</summary>
    /// <param name="path">
    /// A JSON list of row numbers, or an object whose <c>rows</c> is one; its <c>data</c>, where it has one, is the
    /// fingerprint of the data that they were found in.
    /// </param>
    /// <param name="count">How many training rows there are, those held out included.</param>
    /// <param name="fingerprint">Of the data set as it is before anything is done to it.</param>
    /// <exception cref="TrainerException">
    /// It cannot be read, or its rows are of another data set, or there are none of them.
    /// </exception>
    public static IReadOnlySet<long> Read(string path, long count, string fingerprint)
    {
        var (rows, data) = OwnData.Read(path, () =>
        {
            try
            {
                var json = JsonNode.Parse(File.ReadAllBytes(path));
                var list = json as JsonArray ?? (json as JsonObject)?["rows"] as JsonArray;
                return (list?.Select(row => row!.GetValue<long>()).ToHashSet()
                    ?? throw new InvalidDataException("holds no list of rows, expected [1, 2, …] or {\"rows\": [1, 2, "
                        + "…]}, as trainer inspect writes it"), (json as JsonObject)?["data"]?.GetValue<string>());
            }
            catch (Exception error)
                when (error is JsonException or FormatException or InvalidOperationException or NullReferenceException
                    or ArgumentException)
            {
                throw new InvalidDataException(
                    $"is no JSON with a list of whole row numbers ({error.Message.TrimEnd('.')})", error);
            }
        });
        // What is done to the data set, such as poison, follows its fingerprint.
        if (data is not null && data.Split('+')[0] != fingerprint)
            throw OwnData.Fault(path, $"names rows of another data set: found the fingerprint {data.Split('+')[0]}, "
                + $"expected {fingerprint}", "Name a file that trainer inspect made for these data in data.exclude");
        return rows.Where(row => row < 0 || row >= count).Order().Select(row => (long?)row).FirstOrDefault()
            is { } other
            ? throw OwnData.Fault(path, $"names row {other}, expected 0 to {count - 1}, the training rows of the data "
                + "set",
                "Name a file that trainer inspect made for these data in data.exclude")
            : rows;
    }
}
