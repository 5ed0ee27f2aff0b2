using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Trainer.Engine.Devices;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation.Ledgers;

/// <summary>Everything that the verdicts of an evaluation depend on. Where anything differs, it is another evaluation.</summary>
/// <param name="Weights">A hash of the weights.</param>
/// <param name="Data">The data's fingerprint.</param>
/// <param name="Threat">The threat model.</param>
/// <param name="Attacks">Each attack with its parameters.</param>
/// <param name="Examples">A hash of the examples' indices.</param>
/// <param name="BlockSize">Examples a block.</param>
/// <param name="Random">The key of the noise, folded.</param>
/// <param name="Versions">Of the engine and of what it computes with; the device and the number of threads.</param>
public sealed record LedgerIdentity(
    string Weights, string Data, string Threat, IReadOnlyList<string> Attacks, string Examples, int BlockSize, long Random, IReadOnlyList<string> Versions)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>Names the evaluation's folder: the first 16 hex digits of a hash over everything.</summary>
    [JsonIgnore]
    public string Key => Hash(ToJson())[..16];

    /// <summary>The identity of an evaluation.</summary>
    /// <param name="weights">A hash of the weights.</param>
    /// <param name="data">The data's fingerprint.</param>
    /// <param name="threat">The threat model.</param>
    /// <param name="attacks">In their order.</param>
    /// <param name="indices">The examples.</param>
    /// <param name="blockSize">Examples a block.</param>
    /// <param name="random">The key of the noise.</param>
    /// <param name="device">Where it is computed.</param>
    public static LedgerIdentity Of(
        string weights, string data, ThreatModel threat, IReadOnlyList<IAttack> attacks, IReadOnlyList<long> indices, int blockSize, RandomKey random, Device device) => new(
        weights, data, Describe(threat), [.. attacks.SelectMany(attack => attack.PartsUnder(threat) ?? [attack]).Select(Describe)], Hash(string.Join(',', indices)), blockSize, random.Seed,
        [.. TorchVersions.Software.Select(version => $"{version.Key} {version.Value}"), $"{device}, {get_num_threads()} threads"]);

    /// <summary>A threat model as identities name it.</summary>
    internal static string Describe(ThreatModel threat) => JsonSerializer.Serialize(threat, Options);

    internal string ToJson() => JsonSerializer.Serialize(this, Options);

    private static string Describe(IAttack attack) => $"{attack.GetType().Name} {JsonSerializer.Serialize(attack, attack.GetType(), Options)}";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
