using Trainer.Benchmarks.Components;
using Trainer.Robustness.Models;

namespace Trainer.Benchmarks;

/// <summary>What a TorchScript peer's steps consist of.</summary>
/// <param name="Name">The objective, then the network: "pgd-conv-small".</param>
/// <param name="Kind">
/// "reference" (the order of work of the best-known repositories, libtorch's default threads) or "tuned".
/// </param>
internal sealed record TorchScriptWorkload(string Name, string Kind)
{
    public bool IsTuned => Kind == "tuned";

    public string Objective { get; } = Name[..Name.IndexOf('-', StringComparison.Ordinal)];

    public string Model { get; } = Name[(Name.IndexOf('-', StringComparison.Ordinal) + 1)..];

    public int BatchSize => Model == "preact-resnet-18" ? 32 : 128;

    /// <summary>Images held in memory: as many as the recipe of the row has.</summary>
    public long Images => Model == "preact-resnet-18" ? 2000 : 70_000;

    public ImageShape Shape => Model == "preact-resnet-18" ? new(3, 32, 32) : new(1, 28, 28);

    /// <summary>The files that are compiled together.</summary>
    public IEnumerable<string> Files =>
        [Model.Replace('-', '_'), .. IsTuned ? (string[])[$"tuned_{Objective}"]
        : ["reference", $"reference_{Objective}"]];

    /// <summary>Trainer's own network of the same name, which the TorchScript is compared with.</summary>
    public Module BuildNetwork()
    {
        IArchitecture architecture = Model switch
        {
            "conv-small" => new ConvSmall(),
            "small-cnn" => new SmallCnn(),
            "preact-resnet-18" => new PreActResNet18(),
            "mlp" => new Mlp(),
            _ => throw new ArgumentException(
            $"Found the network '{Model}', expected conv-small, small-cnn, preact-resnet-18 or mlp."),
        };
        return architecture.Build(Shape, 10);
    }
}
