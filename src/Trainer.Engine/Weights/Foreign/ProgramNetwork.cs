using System.Security.Cryptography;
using Trainer.Engine.Networks;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>A program that answers images with logits or labels, over its standard input and output.</summary>
/// <inheritdoc cref="ForeignNetwork"/>
public sealed record ProgramNetwork : ForeignNetwork
{
    private ProgramNetwork(string source, string hash, Normalisation? normalisation)
        : base(source, hash, normalisation)
    {
    }

    /// <inheritdoc/>
    public override string Kind => "a program";

    /// <summary>Describes a program; starts nothing.</summary>
    /// <param name="path">The program's file.</param>
    /// <param name="normalisation">What comes before it; null for images in [0, 1].</param>
    /// <exception cref="TrainerException">The file cannot be read.</exception>
    public static ProgramNetwork Find(string path, Normalisation? normalisation)
    {
        try
        {
            return new(path, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), normalisation);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{path}' cannot be read: {exception.Message.TrimEnd('.')}. Make it readable.",
                exception);
        }
    }

    /// <inheritdoc/>
    public override Module Build(ImageShape images, int classes) => new Network(new(this, classes));

    private sealed class Network(ProgramExchange exchange) : Module("program")
    {
        public override Tensor forward(Tensor input) => exchange.Ask(input);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                exchange.Dispose();
            base.Dispose(disposing);
        }
    }
}
