using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Trainer.Tests.Foreign;

/// <summary>A server on this machine that gives one prepared answer to one request.</summary>
internal sealed class PreparedServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly TaskCompletionSource disposed = new();
    private readonly Task serving;

    public PreparedServer(string status, byte[] answer)
    {
        listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        serving = Task.Run(() => Serve(status, answer));
    }

    public string Address { get; }

    /// <summary>How many of the answer's last bytes are promised and not sent.</summary>
    public int Missing { get; init; }

    /// <summary>Whether the request is read and not answered.</summary>
    public bool IsSilent { get; init; }

    /// <summary>The first line and the headers of the request.</summary>
    public string Head { get; private set; } = "";

    public byte[] Body { get; private set; } = [];

    public void Dispose()
    {
        disposed.SetResult();
        listener.Stop();
        serving.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
    }

    private void Serve(string status, byte[] answer)
    {
        using var client = listener.AcceptTcpClient();
        using var stream = client.GetStream();
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            head.Append((char)stream.ReadByte());
        Head = head.ToString();
        const string length = "Content-Length: ";
        Body = new byte[int.Parse(
            Head.Split("\r\n").Single(line => line.StartsWith(length, StringComparison.Ordinal))[length.Length..],
            System.Globalization.CultureInfo.InvariantCulture)];
        stream.ReadExactly(Body);
        if (IsSilent)
            disposed.Task.Wait();
        stream.Write(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {answer.Length}\r\n\r\n"));
        stream.Write(answer.AsSpan(0, answer.Length - Missing));
    }
}
