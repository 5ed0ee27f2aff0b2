using System.Net;
using System.Security.Cryptography;
using System.Text;
using Trainer.Engine.Networks;
using Trainer.Recipes;
using Trainer.Robustness;
using Trainer.Robustness.Models;

namespace Trainer.Engine.Weights.Foreign;

/// <summary>
/// A program that answers images with logits or labels, over its standard input and output or over HTTP on this
/// machine.
/// </summary>
/// <inheritdoc cref="ForeignNetwork"/>
public sealed record ProgramNetwork : ForeignNetwork
{
    /// <summary>How many seconds a program may take for an answer where nothing else is stated.</summary>
    public const int UsualSeconds = 60;

    private ProgramNetwork(string source, string hash, Normalisation? normalisation)
        : base(source, hash, normalisation)
    {
    }

    /// <summary>How long the program may take for an answer, its start included.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromSeconds(UsualSeconds);

    /// <inheritdoc/>
    public override string Kind => IsServer ? "a server" : "a program";

    /// <summary>
    /// Whether it runs already and is asked over HTTP: nothing shows when another network takes its place.
    /// </summary>
    public bool IsServer => IsAddress(Source);

    internal string Silence =>
        FormattableString.Invariant($"gave no whole answer within {AnswerLimit.TotalSeconds} s. Name a longer time ")
        + "with --timeout SECONDS, or let it answer each question";

    /// <summary>Whether a text is an address, not a path.</summary>
    public static bool IsAddress(string text) => text.Contains("://", StringComparison.Ordinal);

    /// <summary>Describes a program or a server; starts and asks nothing.</summary>
    /// <param name="source">The program's file, or http://localhost:PORT/.</param>
    /// <param name="normalisation">What comes before it; null for images in [0, 1].</param>
    /// <exception cref="TrainerException">The file cannot be read, or the address is not on this machine.</exception>
    public static ProgramNetwork Find(string source, Normalisation? normalisation)
    {
        try
        {
            if (IsAddress(source) && !IsLocal(source))
                throw new TrainerException(ErrorKind.Recipe, $"Found the address '{source}', expected a server on this "
                    + "machine: http://localhost:PORT/ or http://127.0.0.1:PORT/.");
            var known = IsAddress(source) ? Encoding.UTF8.GetBytes(source) : File.ReadAllBytes(source);
            return new(source, Convert.ToHexStringLower(SHA256.HashData(known)), normalisation);
        }
        catch (Exception exception) when (exception.IsFileFault())
        {
            throw new TrainerException(
                ErrorKind.Checkpoint, $"'{source}' cannot be read: {exception.Message.TrimEnd('.')}. Make it readable.",
                exception);
        }
    }

    /// <inheritdoc/>
    public override Module Build(ImageShape images, int classes) =>
        new Network(IsServer ? new HttpConnection(this) : new ProcessConnection(this), classes);

    private static bool IsLocal(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp
        && (uri.Host == "localhost" || IPAddress.TryParse(uri.DnsSafeHost, out var host) && IPAddress.IsLoopback(host));

    private sealed class Network(IProgramConnection connection, int classes) : Module("program")
    {
        // One question after the other, from whatever thread.
        private readonly Lock turn = new();

        public override Tensor forward(Tensor input)
        {
            var (rows, question) = ((int)input.shape[0], ProgramProtocol.Question(input));
            lock (turn)
            {
                var logits = connection.Ask(
                    question, answer => ProgramProtocol.ReadAnswer(answer, rows, classes));
                return tensor(logits, device: input.device).reshape(rows, classes);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                connection.Dispose();
            base.Dispose(disposing);
        }
    }
}
