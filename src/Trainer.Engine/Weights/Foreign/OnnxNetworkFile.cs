using Trainer.Engine.Networks;
using Trainer.Engine.Weights.Onnx;
using Trainer.Robustness;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>A network in an ONNX file, without gradients.</summary>
/// <inheritdoc cref="ForeignNetwork"/>
internal sealed record OnnxNetworkFile(string Source, string Hash, Normalisation? Normalisation)
    : ForeignNetwork(Source, Hash, Normalisation)
{
    /// <inheritdoc/>
    public override string Kind => "an ONNX file";

    /// <inheritdoc/>
    /// <exception cref="Recipes.TrainerException">The file takes other images or has other classes.</exception>
    public override Module Build(ImageShape images, int classes)
    {
        var session = new OnnxSession(Source);
        int[] expected = [(int)images.Channels, (int)images.Height, (int)images.Width];
        var fits = session.Images.Skip(1).Zip(expected).All(pair => pair.First < 0 || pair.First == pair.Second);
        if (fits && (session.Classes < 0 || session.Classes == classes))
            return new Network(session);
        session.Dispose();
        throw Fault(fits ? $"found {session.Classes} classes, expected {classes} as in the data"
            : $"found images of {string.Join('×', session.Images.Skip(1))}, expected {images} as in the data");
    }

    private sealed class Network(OnnxSession session) : Module("ONNX")
    {
        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var rows = session.Images[0];
            if (rows < 0 || input.shape[0] == rows)
                return session.Run(input).MoveToOuterDisposeScope();
            // A file of one batch size: the last batch is filled up with zeros.
            var batches = input.split(rows).Select(batch => session.Run(batch.shape[0] == rows ? batch
                : cat([batch, zeros([rows - batch.shape[0], .. batch.shape[1..]])], 0)));
            return cat([.. batches], 0).narrow(0, 0, input.shape[0]).MoveToOuterDisposeScope();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                session.Dispose();
            base.Dispose(disposing);
        }
    }
}
