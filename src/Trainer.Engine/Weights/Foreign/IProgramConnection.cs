namespace Trainer.Engine.Weights.Foreign;

/// <summary>A way to ask a program: over its standard input and output, or over HTTP.</summary>
internal interface IProgramConnection : IDisposable
{
    /// <summary>Sends a question and reads the answer, within the program's time limit.</summary>
    /// <param name="question">The question.</param>
    /// <param name="read">Reads an answer; may throw what <see cref="ProgramProtocol.ReadAnswer"/> throws.</param>
    /// <returns>What was read.</returns>
    /// <exception cref="Recipes.TrainerException">There is no whole answer in time.</exception>
    float[] Ask(byte[] question, Func<Stream, float[]> read);
}
