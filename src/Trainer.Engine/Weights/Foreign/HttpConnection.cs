namespace Trainer.Engine.Weights.Foreign;

/// <summary>
/// Asks a program by POST requests on the local machine: the body is a question, the response its answer.
/// </summary>
internal sealed class HttpConnection : IProgramConnection
{
    // An answer of 1,000 images for 10,000 classes has 40 MB.
    private const int LongestAnswer = 1 << 28;
    private readonly ProgramNetwork program;
    private readonly HttpClient client;

    /// <summary>Makes the connection; sends nothing.</summary>
    public HttpConnection(ProgramNetwork program)
    {
        this.program = program;
        // Images leave the machine neither by a proxy nor by a redirection.
        client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new(program.Source),
            Timeout = program.AnswerLimit,
            MaxResponseContentBufferSize = LongestAnswer,
        };
    }

    /// <inheritdoc/>
    public float[] Ask(byte[] question, Func<Stream, float[]> read)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "") { Content = new ByteArrayContent(question) };
        try
        {
            using var response = client.Send(request);
            if (!response.IsSuccessStatusCode)
                throw program.Fault($"answered with status {(int)response.StatusCode}, expected 200. Its own messages "
                    + "may tell why");
            using var body = response.Content.ReadAsStream();
            var answer = read(body);
            return body.ReadByte() < 0 ? answer : throw program.Fault(
                $"answered with {body.Length} bytes, expected {body.Position - 1}. "
                + "Let it write nothing but the answer");
        }
        catch (TaskCanceledException exception)
        {
            throw program.Fault(program.Silence, exception);
        }
        catch (HttpRequestException exception)
        {
            throw program.Fault(
                $"does not answer: {exception.GetBaseException().Message.TrimEnd('.')}. "
                + "Start it, or correct the address", exception);
        }
        catch (EndOfStreamException exception)
        {
            throw program.Fault("ended its answer before it was complete. Its own messages may tell why", exception);
        }
        catch (InvalidDataException exception)
        {
            throw program.Fault(exception.Message, exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();
}
