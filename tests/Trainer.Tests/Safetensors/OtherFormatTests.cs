using System.Text;
using Trainer.Engine.Storage.Safetensors;
using Trainer.Engine.Weights;
using Trainer.Recipes;

namespace Trainer.Tests.Safetensors;

/// <summary>Files of other formats that are given as weights.</summary>
public sealed class OtherFormatTests
{
    public static TheoryData<byte[], string, string> Files => new()
    {
        { [0x89, .. "HDF\r\n\u001a\n"u8, .. new byte[100]], "an HDF5 file, as Keras writes",
        "Convert its tensors to safetensors." },
        { [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, .. new byte[100]], "compressed by gzip", "Unpack it with gunzip." },
        { Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "a Git LFS pointer",
        "git lfs pull" },
        { Encoding.ASCII.GetBytes("<!DOCTYPE html><html></html>"), "a web page", "Download the file itself." },
        { [8, 7, 0x12, 7, .. "pytorch"u8, .. new byte[100]], "an ONNX file", "which trainer evaluate FILE" },
        { Encoding.ASCII.GetBytes("#!/usr/bin/env python3\nprint(1)\n"), "a script", "add --program" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_of_another_format_is_called_what_it_is_with_what_to_do(byte[] bytes, string what, string advice)
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("weights.safetensors");
        File.WriteAllBytes(path, bytes);
        foreach (var read in (Action[])[() => WeightsDescription.Read(path), () =>
            new WeightsSource(path, null).Open("model")])
        {
            var error = Assert.Throws<TrainerException>(read);
            Assert.Equal(ErrorKind.Checkpoint, error.Kind);
            Assert.StartsWith(
                $"'{path}' is {what}", error.Message, StringComparison.Ordinal);
            Assert.Contains(
                "expected a safetensors file, or one that torch.save wrote", error.Message, StringComparison.Ordinal);
            Assert.Contains(advice, error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0x0280)]
    [InlineData(0x0580)]
    [InlineData(0x120708)]
    public void A_damaged_file_whose_headers_length_resembles_another_format_is_called_damaged(int headerLength)
    {
        var error =
            Assert.Throws<SafetensorsException>(
            () => HeaderBytes.Read(HeaderBytes.File("{".PadRight(headerLength), 0)));
        Assert.Equal(SafetensorsError.InvalidJson, error.Error);
    }
}
