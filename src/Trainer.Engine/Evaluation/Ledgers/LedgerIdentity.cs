using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Trainer.Engine.Devices;
using Trainer.Engine.Networks;
using Trainer.Engine.Weights;
using Trainer.Robustness;
using Trainer.Robustness.Attacks;
using Trainer.Robustness.Components;
using Trainer.Robustness.Losses;
using Trainer.Robustness.Models;
using Trainer.Robustness.Native;
using Trainer.Robustness.Random;
using Trainer.Robustness.Threats;

namespace Trainer.Engine.Evaluation.Ledgers;

/// <summary>
/// Everything that the verdicts of an evaluation depend on. Where anything differs, it is another evaluation. The code
/// counts by its versions (<see cref="ComponentAttribute.Version"/> of attacks and architecture, and one of the
/// evaluation itself), an extension's by its build. Ledgers from before these versions named the engine's build:
/// reports read them, an evaluation starts again.
/// </summary>
/// <param name="Weights">A hash of the weights.</param>
/// <param name="Network">
/// The architecture with its options, normalisation among them: other networks may have the same weights.
/// </param>
/// <param name="Data">The test images' fingerprint.</param>
/// <param name="Threat">The threat model.</param>
/// <param name="Attacks">Each attack with its parameters.</param>
/// <param name="Examples">A hash of the examples' indices.</param>
/// <param name="BlockSize">Examples a block.</param>
/// <param name="Random">The key of the noise, folded.</param>
/// <param name="Versions">
/// Of the evaluation, and of what it computes with; the device and the number of threads.
/// </param>
public sealed record LedgerIdentity(
    string Weights, string Network, string Data, string Threat, IReadOnlyList<string> Attacks, string Examples,
    int BlockSize, long Random, IReadOnlyList<string> Versions)
{
    // Raise it with every change of the evaluation, of losses, threat models or random numbers that can change a
    // verdict.
    private const int Version = 2;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new AttackConverter(), new ClassifierConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireNothing } },
    };

    /// <summary>
    /// Whether it is of attacks on the network itself, whose options are JSON: not of certification, bounds,
    /// corruptions or a smoothed network.
    /// </summary>
    [JsonIgnore]
    public bool IsOfAttacks => Attacks.All(attack => attack.EndsWith('}'));

    /// <summary>The threat model of a measurement that does not depend on one.</summary>
    internal static ThreatModel NoThreat { get; } = new() { Norm = Norm.L2, Epsilon = 0 };

    /// <summary>Names the evaluation's folder: the first 16 hex digits of a hash over everything.</summary>
    [JsonIgnore]
    public string Key => Hash(ToJson())[..16];

    /// <summary>
    /// The identity on a ledger's first line. Attacks' options that were renamed have their present names.
    /// </summary>
    /// <exception cref="JsonException">The line is not an identity.</exception>
    public static LedgerIdentity Parse(string line)
    {
        var identity = JsonSerializer.Deserialize<LedgerIdentity>(line, Options)
            ?? throw new JsonException("The line names no evaluation.");
        var renamed = typeof(IAttack).Assembly.GetTypes().Where(typeof(IAttack).IsAssignableFrom)
            .SelectMany(type => type.GetProperties())
            .Select(option =>
            (option.GetCustomAttribute<FormerNameAttribute>()?.Name,
            Present: JsonNamingPolicy.CamelCase.ConvertName(option.Name)))
            .Where(option => option.Name is not null).Distinct().ToList();
        string Present(string attack) =>
            renamed.Aggregate(
            attack, (text, option) =>
            text.Replace($"\"{option.Name}\":", $"\"{option.Present}\":", StringComparison.Ordinal));
        return identity with { Attacks = [.. identity.Attacks.Select(Present)] };
    }

    /// <summary>The identity of an evaluation.</summary>
    /// <param name="plan">The architecture, the threat model and the size of the blocks.</param>
    /// <param name="hashes">The hash of the weights, and the test images' fingerprint.</param>
    /// <param name="attacks">In their order.</param>
    /// <param name="indices">The examples.</param>
    /// <param name="random">The key of the noise.</param>
    /// <param name="device">Where it is computed.</param>
    public static LedgerIdentity Of(
        EvaluationPlan plan, (string Weights, string Data) hashes, IReadOnlyList<IAttack> attacks,
        IReadOnlyList<long> indices, RandomKey random, Device device) => new(
        hashes.Weights, Describe(plan.Model), hashes.Data, Describe(plan.Threat),
        [.. attacks.SelectMany(attack => Describe(attack, plan.Threat))],
        Hash(string.Join(',', indices)), plan.Evaluate.BatchSize, random.Seed,
        [.. TorchVersions.Software.Select(version => $"{version.Key} {version.Value}"), $"evaluation {Version}, "
        + $"TorchSharp {Build(typeof(TorchSharp.torch))}", $"{device}, {get_num_threads()} threads",
        .. OneDnn.IsDisabled ? ["without oneDNN and NNPACK"] : (string[])[]]);

    /// <summary>A threat model as identities name it.</summary>
    internal static string Describe(ThreatModel threat) => JsonSerializer.Serialize(threat, Options);

    /// <summary>An architecture as identities name it, whatever weights its training began with.</summary>
    internal static string Describe(IArchitecture network) => network is ForeignNetwork foreign
        ? $"{foreign.Kind} {foreign.Hash}, {WeightsDescription.Words(foreign.Normalisation)}"
        : $"{CodeOf(network)}{WeightsDescription.Line(network)}";

    internal string ToJson() => JsonSerializer.Serialize(this, Options);

    // The parts of an attack draw other random numbers than the same attacks by themselves.
    private static IEnumerable<string> Describe(IAttack attack, ThreatModel threat) =>
        attack.PartsUnder(threat) is { } parts ? parts.Select(part => $"{attack.RandomName}: {Describe(part)}")
        : [Describe(attack)];

    // The loss dlr of two classes was once the cross-entropy.
    internal static string Describe(IAttack attack) => (attack.Loss == AttackLossKind.Dlr ? "dlr version 2 " : "")
        + $"{CodeOf(attack)}{attack.GetType().Name} {JsonSerializer.Serialize(attack, attack.GetType(), Options)}";

    /// <summary>
    /// Names the code of a component: the build of an extension; the engine's own by their version, nothing for the
    /// first.
    /// </summary>
    private static string CodeOf(object component)
    {
        var type = component.GetType();
        if (type.Assembly != typeof(IAttack).Assembly && type.Assembly != typeof(LedgerIdentity).Assembly)
            return $"{type.Assembly.GetName().Name} {Build(type)} ";
        var version = type.GetCustomAttribute<ComponentAttribute>()?.Version ?? 1;
        return version == 1 ? "" : $"version {version} ";
    }

    /// <summary>An identity is only written; JSON refuses options that are required and left out of it.</summary>
    private static void RequireNothing(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            property.IsRequired = false;
    }

    /// <summary>Changes with every build of other sources; not with their folder.</summary>
    private static Guid Build(Type type) => type.Module.ModuleVersionId;

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>An attack within an attack is what it is, and not what every attack has.</summary>
    private sealed class AttackConverter : JsonConverter<IAttack>
    {
        public override IAttack Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, IAttack value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WritePropertyName(CodeOf(value) + value.GetType().Name);
            JsonSerializer.Serialize(writer, value, value.GetType(), options);
            writer.WriteEndObject();
        }
    }

    /// <summary>A network within an attack, as transfer has one, by its weights.</summary>
    private sealed class ClassifierConverter : JsonConverter<Classifier>
    {
        public override Classifier Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Classifier value, JsonSerializerOptions options) =>
            writer.WriteStringValue(WeightsHash.Of(value.Network));
    }
}
