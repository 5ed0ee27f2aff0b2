namespace Trainer.Engine.Data.Arrays;

/// <summary>The meaning of the dimensions of an array of images.</summary>
public enum ArrayLayout
{
    /// <summary>Images, rows, columns: grey images.</summary>
    Nhw,

    /// <summary>Images, rows, columns, channels, as Pillow, TensorFlow and MedMNIST have them.</summary>
    Nhwc,

    /// <summary>Images, channels, rows, columns, as PyTorch has them.</summary>
    Nchw,
}
