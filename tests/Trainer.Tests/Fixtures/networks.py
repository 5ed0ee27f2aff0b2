"""Plain PyTorch statements of the networks, for make_model_fixture.py: written from the papers and the published keys."""
import math
from collections import OrderedDict

import torch
from torch import nn

ACTIVATIONS = {"relu": torch.relu, "silu": nn.functional.silu}


def conv(inputs, outputs, size=3, stride=1, padding=1, bias=False):
    return nn.Conv2d(inputs, outputs, size, stride=stride, padding=padding, bias=bias)


class ConvSmall(nn.Module):
    def __init__(self, norm=False):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 4, stride=2, padding=1)
        if norm:
            self.bn1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 4, stride=2, padding=1)
        if norm:
            self.bn2 = nn.BatchNorm2d(32)
        self.fc1 = nn.Linear(32 * 7 * 7, 100)
        self.fc2 = nn.Linear(100, 10)
        self.norm = norm

    def forward(self, x):
        x = self.conv1(x)
        x = self.conv2(torch.relu(self.bn1(x) if self.norm else x))
        x = torch.relu(self.bn2(x) if self.norm else x)
        return self.fc2(torch.relu(self.fc1(x.flatten(1))))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 20, 5)
        self.conv2 = nn.Conv2d(20, 50, 5)
        self.fc1 = nn.Linear(50 * 4 * 4, 500)
        self.fc2 = nn.Linear(500, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)
        return self.fc2(torch.relu(self.fc1(x.flatten(1))))


class SmallCnn(nn.Module):
    """As TRADES' MNIST network is described: names and order of its layers are its checkpoints' keys."""

    def __init__(self):
        super().__init__()
        self.feature_extractor = nn.Sequential(OrderedDict(
            conv1=nn.Conv2d(1, 32, 3), relu1=nn.ReLU(), conv2=nn.Conv2d(32, 32, 3), relu2=nn.ReLU(), maxpool1=nn.MaxPool2d(2, 2),
            conv3=nn.Conv2d(32, 64, 3), relu3=nn.ReLU(), conv4=nn.Conv2d(64, 64, 3), relu4=nn.ReLU(), maxpool2=nn.MaxPool2d(2, 2)))
        self.classifier = nn.Sequential(OrderedDict(
            fc1=nn.Linear(64 * 4 * 4, 200), relu1=nn.ReLU(), drop=nn.Dropout(0.5), fc2=nn.Linear(200, 200), relu2=nn.ReLU(),
            fc3=nn.Linear(200, 10)))

    def forward(self, x):
        return self.classifier(self.feature_extractor(x).flatten(1))


class Vgg6(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        plan = [(1, 16, 1), (16, 16, 1), (16, 16, 2), (16, 32, 1), (32, 32, 1), (32, 32, 2)]
        layers = OrderedDict()
        for place, (inputs, outputs, stride) in enumerate(plan, start=1):
            layers[f"conv{place}"] = conv(inputs if inputs == 1 else inputs * width, outputs * width, stride=stride, bias=True)
            layers[f"relu{place}"] = nn.ReLU()
        self.feature_extractor = nn.Sequential(layers)
        self.classifier = nn.Sequential(OrderedDict(fc1=nn.Linear(32 * width * 49, 200), relu1=nn.ReLU(), fc2=nn.Linear(200, 10)))

    def forward(self, x):
        return self.classifier(self.feature_extractor(x).flatten(1))


class CertifiedNetwork(nn.Module):
    """cnn7 of Gowal et al. 2018 and Shi et al. 2021, and the like: (channels, kernel, stride) of each convolution, units of each layer."""

    def __init__(self, convolutions, hidden, channels=1, size=28, classes=10):
        super().__init__()
        self.features, self.classifier = nn.Sequential(), nn.Sequential()
        for place, (outputs, kernel, stride) in enumerate(convolutions, 1):
            self.features.add_module(f"conv{place}", nn.Conv2d(channels, outputs, kernel, stride, 1))
            self.features.add_module(f"bn{place}", nn.BatchNorm2d(outputs))
            self.features.add_module(f"relu{place}", nn.ReLU())
            channels, size = outputs, (size + 2 - kernel) // stride + 1
        units = channels * size * size
        for place, outputs in enumerate(hidden, 1):
            self.classifier.add_module(f"fc{place}", nn.Linear(units, outputs))
            self.classifier.add_module(f"bn{place}", nn.BatchNorm1d(outputs))
            self.classifier.add_module(f"relu{place}", nn.ReLU())
            units = outputs
        self.classifier.add_module(f"fc{len(hidden) + 1}", nn.Linear(units, classes))

    def forward(self, images):
        return self.classifier(self.features(images).flatten(1))


def cnn7(width, hidden):
    return CertifiedNetwork([(width, 3, 1), (width, 3, 1), (2 * width, 3, 2), (2 * width, 3, 1), (2 * width, 3, 1)], [hidden])


def cnn4(width, hidden):
    return CertifiedNetwork([(4 * width, 3, 1), (4 * width, 4, 2), (8 * width, 3, 1), (8 * width, 4, 2)], [hidden, hidden])


class PreActBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, activated):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = conv(inputs, outputs, stride=stride)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = conv(outputs, outputs)
        self.activated = activated
        self.is_identity = stride == 1 and inputs == outputs
        if not self.is_identity:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1, stride, 0))

    def forward(self, x):
        a = torch.relu(self.bn1(x))
        beside = x if self.is_identity else self.shortcut(a if self.activated else x)
        return beside + self.conv2(torch.relu(self.bn2(self.conv1(a))))


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = conv(inputs, outputs, stride=stride)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = conv(outputs, outputs)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(conv(inputs, outputs, 1, stride, 0), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.shortcut(x) + self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))


class PreActResNet18(nn.Module):
    def __init__(self, shortcut="activated", final_norm=True, width=64, channels=3):
        super().__init__()
        activated = shortcut == "activated"

        def group(inputs, outputs, stride):
            return nn.Sequential(PreActBlock(inputs, outputs, stride, activated), PreActBlock(outputs, outputs, 1, activated))

        self.conv1 = conv(channels, width)
        self.layer1 = group(width, width, 1)
        self.layer2 = group(width, 2 * width, 2)
        self.layer3 = group(2 * width, 4 * width, 2)
        self.layer4 = group(4 * width, 8 * width, 2)
        self.bn = nn.BatchNorm2d(8 * width) if final_norm else None
        self.linear = nn.Linear(8 * width, 10)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.conv1(x)))))
        if self.bn is not None:
            x = torch.relu(self.bn(x))
        return self.linear(nn.functional.avg_pool2d(x, 4).flatten(1))


class ResNet18(nn.Module):
    def __init__(self, width=64, channels=3):
        super().__init__()

        def group(inputs, outputs, stride):
            return nn.Sequential(ResidualBlock(inputs, outputs, stride), ResidualBlock(outputs, outputs, 1))

        self.conv1 = conv(channels, width)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = group(width, width, 1)
        self.layer2 = group(width, 2 * width, 2)
        self.layer3 = group(2 * width, 4 * width, 2)
        self.layer4 = group(4 * width, 8 * width, 2)
        self.linear = nn.Linear(8 * width, 10)

    def forward(self, x):
        x = self.layer1(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(x)))
        return self.linear(nn.functional.avg_pool2d(x, 4).flatten(1))


class WideBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, activation):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = conv(inputs, outputs, stride=stride)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = conv(outputs, outputs)
        self.convShortcut = None if inputs == outputs else conv(inputs, outputs, 1, stride, 0)
        self.activation = activation

    def forward(self, x):
        a = self.activation(self.bn1(x))
        beside = x if self.convShortcut is None else self.convShortcut(a)
        return beside + self.conv2(self.activation(self.bn2(self.conv1(a))))


class WideGroup(nn.Module):
    def __init__(self, blocks, inputs, outputs, stride, activation):
        super().__init__()
        self.layer = nn.Sequential(*[
            WideBlock(outputs if place else inputs, outputs, 1 if place else stride, activation) for place in range(blocks)])

    def forward(self, x):
        return self.layer(x)


class WideResNet(nn.Module):
    def __init__(self, depth=28, width=10, activation="relu", sub_block=False, channels=3):
        super().__init__()
        blocks = (depth - 4) // 6
        self.activation = ACTIVATIONS[activation]
        self.conv1 = conv(channels, 16)
        self.block1 = WideGroup(blocks, 16, 16 * width, 1, self.activation)
        if sub_block:
            self.sub_block1 = WideGroup(blocks, 16, 16 * width, 1, self.activation)
        self.block2 = WideGroup(blocks, 16 * width, 32 * width, 2, self.activation)
        self.block3 = WideGroup(blocks, 32 * width, 64 * width, 2, self.activation)
        self.bn1 = nn.BatchNorm2d(64 * width)
        self.fc = nn.Linear(64 * width, 10)

    def forward(self, x):
        x = self.block3(self.block2(self.block1(self.conv1(x))))
        return self.fc(nn.functional.avg_pool2d(self.activation(self.bn1(x)), 8).flatten(1))


class DeepMindBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, activation, momentum):
        super().__init__()
        self.batchnorm_0 = nn.BatchNorm2d(inputs, momentum=momentum)
        self.conv_0 = conv(inputs, outputs, stride=stride, padding=0)
        self.batchnorm_1 = nn.BatchNorm2d(outputs, momentum=momentum)
        self.conv_1 = conv(outputs, outputs)
        self.shortcut = None if inputs == outputs else conv(inputs, outputs, 1, stride, 0)
        self.activation = activation
        self.padding = (1, 1, 1, 1) if stride == 1 else (0, 1, 0, 1)

    def forward(self, x):
        a = self.activation(self.batchnorm_0(x))
        beside = x if self.shortcut is None else self.shortcut(a)
        hidden = self.conv_0(nn.functional.pad(a, self.padding))
        return beside + self.conv_1(self.activation(self.batchnorm_1(hidden)))


class DeepMindGroup(nn.Module):
    def __init__(self, blocks, inputs, outputs, stride, activation, momentum):
        super().__init__()
        self.block = nn.Sequential(*[
            DeepMindBlock(outputs if place else inputs, outputs, 1 if place else stride, activation, momentum) for place in range(blocks)])

    def forward(self, x):
        return self.block(x)


class DeepMindWideResNet(nn.Module):
    """With the normalisation of the images inside, and no key for it."""

    def __init__(self, depth=28, width=10, activation="silu", momentum=0.01):
        super().__init__()
        blocks = (depth - 4) // 6
        self.register_buffer("mean", torch.tensor([0.4914, 0.4822, 0.4465]).reshape(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor([0.2471, 0.2435, 0.2616]).reshape(3, 1, 1), persistent=False)
        self.activation = ACTIVATIONS[activation]
        self.init_conv = conv(3, 16)
        self.layer = nn.Sequential(
            DeepMindGroup(blocks, 16, 16 * width, 1, self.activation, momentum),
            DeepMindGroup(blocks, 16 * width, 32 * width, 2, self.activation, momentum),
            DeepMindGroup(blocks, 32 * width, 64 * width, 2, self.activation, momentum))
        self.batchnorm = nn.BatchNorm2d(64 * width, momentum=momentum)
        self.logits = nn.Linear(64 * width, 10)

    def forward(self, x):
        x = self.layer(self.init_conv((x - self.mean) / self.std))
        return self.logits(nn.functional.avg_pool2d(self.activation(self.batchnorm(x)), 8).flatten(1))


class LayerNorm2d(nn.LayerNorm):
    """Over the channels of each pixel of [N, C, H, W]."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvStem(nn.Module):
    """Singh, Croce and Hein 2023: (channels, stride) of each 3x3 convolution, and the channels of a 1x1 one after them."""

    def __init__(self, inputs, convolutions, projection=None):
        super().__init__()
        layers = []
        for outputs, stride in convolutions:
            layers += [conv(inputs, outputs, stride=stride, bias=True), LayerNorm2d(outputs, eps=1e-6), nn.GELU()]
            inputs = outputs
        if projection is not None:
            layers.append(nn.Conv2d(inputs, projection, 1))
        self.stem = nn.Sequential(*layers)

    def forward(self, x):
        return self.stem(x)


class FeedForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc1 = nn.Linear(channels, 4 * channels)
        self.fc2 = nn.Linear(4 * channels, channels)

    def forward(self, x):
        return self.fc2(nn.functional.gelu(self.fc1(x)))


class ConvNeXtBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.full((channels,), 1e-6))
        self.conv_dw = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.mlp = FeedForward(channels)

    def forward(self, x):
        pixels = self.mlp(self.norm(self.conv_dw(x).permute(0, 2, 3, 1)))
        return x + (self.gamma * pixels).permute(0, 3, 1, 2)


class ConvNeXtStage(nn.Module):
    def __init__(self, inputs, outputs, depth):
        super().__init__()
        self.downsample = nn.Identity() if inputs is None else nn.Sequential(
            LayerNorm2d(inputs, eps=1e-6), nn.Conv2d(inputs, outputs, 2, stride=2))
        self.blocks = nn.Sequential(*[ConvNeXtBlock(outputs) for _ in range(depth)])

    def forward(self, x):
        return self.blocks(self.downsample(x))


class ConvNeXt(nn.Module):
    """Liu et al. 2022 with a convolutional stem; its strides are those of 224x224 images, unless others are given."""

    def __init__(self, depths=(3, 3, 9, 3), dims=(96, 192, 384, 768), stem=2, strides=None, channels=3, classes=10):
        super().__init__()
        first = dims[0]
        widths = (first // 2, first) if stem == 2 else (first // 2, 3 * first // 4, first)
        self.stem = ConvStem(channels, list(zip(widths, strides or (2, 2, 1))))
        self.stages = nn.Sequential(*[
            ConvNeXtStage(None if place == 0 else dims[place - 1], outputs, depths[place]) for place, outputs in enumerate(dims)])
        self.head = nn.Sequential(OrderedDict(norm=nn.LayerNorm(dims[-1], eps=1e-6), fc=nn.Linear(dims[-1], classes)))

    def forward(self, x):
        return self.head(self.stages(self.stem(x)).mean((2, 3)))


class Attention(nn.Module):
    def __init__(self, channels, heads):
        super().__init__()
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        self.heads = heads

    def forward(self, x):
        rows, length, channels = x.shape
        query, key, value = (part.reshape(rows, length, self.heads, -1).transpose(1, 2) for part in self.qkv(x).chunk(3, 2))
        weights = torch.softmax(query @ key.transpose(2, 3) / query.shape[-1] ** 0.5, 3)
        return self.proj((weights @ value).transpose(1, 2).reshape(rows, length, channels))


class TransformerBlock(nn.Module):
    def __init__(self, channels, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, eps=1e-6)
        self.attn = Attention(channels, heads)
        self.norm2 = nn.LayerNorm(channels, eps=1e-6)
        self.mlp = FeedForward(channels)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    """Dosovitskiy et al. 2021 with a convolutional stem; its strides are those of 224x224 images, unless others are given."""

    def __init__(self, side=224, dim=384, depth=12, head=64, stem=48, strides=(2, 2, 2, 2), channels=3, classes=10):
        super().__init__()
        patches = side
        for stride in strides:
            patches = -(-patches // stride)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + patches ** 2, dim))
        self.patch_embed = nn.Module()
        self.patch_embed.proj = ConvStem(channels, [(stem << place, stride) for place, stride in enumerate(strides)], dim)
        self.blocks = nn.Sequential(*[TransformerBlock(dim, dim // head) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, classes)

    def forward(self, x):
        pixels = self.patch_embed.proj(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.cls_token.expand(len(x), -1, -1), pixels], 1) + self.pos_embed
        return self.head(self.norm(self.blocks(tokens))[:, 0])


class Positions(nn.Module):
    """El-Nouby et al. 2021: sines and cosines of each pixel's row and column, counted from 1 and scaled to (0, 2 pi], and a 1x1 convolution."""

    def __init__(self, channels, waves=32):
        super().__init__()
        self.token_projection = nn.Conv2d(2 * waves, channels, 1)
        self.waves = waves

    def along(self, count):
        """The waves at each place of one axis: sine and cosine of each frequency beside each other."""
        places = torch.arange(1, count + 1, dtype=torch.float32) * 2 * math.pi / (count + 1e-6)
        frequencies = 10000 ** (-torch.arange(0, self.waves, 2, dtype=torch.float32) / self.waves)
        angles = places[:, None] * frequencies
        return torch.stack([angles.sin(), angles.cos()], 2).flatten(1)

    def forward(self, x):
        height, width = x.shape[2:]
        rows, columns = self.along(height).t(), self.along(width).t()
        encoding = torch.cat([rows[:, :, None].expand(-1, -1, width), columns[:, None].expand(-1, height, -1)])
        return x + self.token_projection(encoding[None])


class CrossCovarianceAttention(nn.Module):
    """The channels of each head attend to each other: their scores are cosines over the pixels."""

    def __init__(self, channels, heads):
        super().__init__()
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        self.heads = heads

    def forward(self, x):
        rows, length, channels = x.shape
        query, key, value = (
            part.transpose(1, 2).reshape(rows, self.heads, channels // self.heads, length) for part in self.qkv(x).chunk(3, 2))
        query, key = (part / part.norm(dim=3, keepdim=True).clamp_min(1e-12) for part in (query, key))
        weights = torch.softmax(query @ key.transpose(2, 3) * self.temperature, 3)
        return self.proj((weights @ value).reshape(rows, channels, length).transpose(1, 2))


class LocalPatchInteraction(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.bn = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)

    def forward(self, x):
        return self.conv2(self.bn(nn.functional.gelu(self.conv1(x))))


class CrossCovarianceBlock(nn.Module):
    def __init__(self, channels, heads):
        super().__init__()
        self.gamma1, self.gamma3, self.gamma2 = (nn.Parameter(torch.ones(channels)) for _ in range(3))
        self.norm1 = nn.LayerNorm(channels, eps=1e-6)
        self.attn = CrossCovarianceAttention(channels, heads)
        self.norm3 = nn.LayerNorm(channels, eps=1e-6)
        self.local_mp = LocalPatchInteraction(channels)
        self.norm2 = nn.LayerNorm(channels, eps=1e-6)
        self.mlp = FeedForward(channels)

    def forward(self, x, height, width):
        x = x + self.gamma1 * self.attn(self.norm1(x))
        maps = self.norm3(x).transpose(1, 2).unflatten(2, (height, width))
        x = x + self.gamma3 * self.local_mp(maps).flatten(2).transpose(1, 2)
        return x + self.gamma2 * self.mlp(self.norm2(x))


class ClassAttention(nn.Module):
    """Touvron et al. 2021 (CaiT): the first token attends to all."""

    def __init__(self, channels, heads):
        super().__init__()
        self.q = nn.Linear(channels, channels)
        self.k = nn.Linear(channels, channels)
        self.v = nn.Linear(channels, channels)
        self.proj = nn.Linear(channels, channels)
        self.heads = heads

    def forward(self, x):
        split = lambda tokens: tokens.unflatten(2, (self.heads, -1)).transpose(1, 2)  # noqa: E731
        query, key, value = split(self.q(x[:, :1])), split(self.k(x)), split(self.v(x))
        weights = torch.softmax(query @ key.transpose(2, 3) / query.shape[-1] ** 0.5, 3)
        return self.proj((weights @ value).transpose(1, 2).flatten(2))


class ClassAttentionBlock(nn.Module):
    """Attention and linear layers change the first token alone; scaled norms are added to the others, too, as in the public weights."""

    def __init__(self, channels, heads):
        super().__init__()
        self.gamma1, self.gamma2 = (nn.Parameter(torch.ones(channels)) for _ in range(2))
        self.norm1 = nn.LayerNorm(channels, eps=1e-6)
        self.attn = ClassAttention(channels, heads)
        self.norm2 = nn.LayerNorm(channels, eps=1e-6)
        self.mlp = FeedForward(channels)

    def forward(self, x):
        tokens = self.norm1(x)
        tokens = self.norm2(x + self.gamma1 * torch.cat([self.attn(tokens), tokens[:, 1:]], 1))
        return tokens + torch.cat([self.gamma2 * self.mlp(tokens[:, :1]), tokens[:, 1:]], 1)


class Xcit(nn.Module):
    """El-Nouby et al. 2021 with patches of 16 pixels; the first strides are 1 for smaller ones, as in Debenedetti et al. 2022."""

    def __init__(self, dim=384, depth=12, heads=8, class_blocks=2, strides=(2, 2, 2, 2), channels=3, classes=10):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Sequential()
        for place, stride in enumerate(strides):
            outputs = dim >> (3 - place)
            self.patch_embed.proj.add_module(str(2 * place), nn.Sequential(conv(channels, outputs, stride=stride), nn.BatchNorm2d(outputs)))
            if place < 3:
                self.patch_embed.proj.add_module(str(2 * place + 1), nn.GELU())
            channels = outputs
        self.pos_embed = Positions(dim)
        self.blocks = nn.ModuleList([CrossCovarianceBlock(dim, heads) for _ in range(depth)])
        self.cls_attn_blocks = nn.ModuleList([ClassAttentionBlock(dim, heads) for _ in range(class_blocks)])
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, classes)

    def forward(self, x):
        x = self.pos_embed(self.patch_embed.proj(x))
        height, width = x.shape[2:]
        x = x.flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x, height, width)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1)
        for block in self.cls_attn_blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


SMALL_STRIDES = {"convnext": (1, 2, 1), "vit": (1, 1, 2, 2), "xcit": (1, 1, 2, 2)}


def build(model, channels):
    """The network that a recipe's "model" describes; the normalisation before it is the caller's."""
    kind = model["type"]
    if kind in ("conv-small", "conv-small-bn", "small-cnn"):
        return SmallCnn() if kind == "small-cnn" else ConvSmall(norm=kind == "conv-small-bn")
    if kind == "lenet":
        return LeNet()
    if kind in ("cnn4", "cnn7"):
        return (cnn4 if kind == "cnn4" else cnn7)(model["width"], model["hidden"])
    if kind == "vgg-6":
        return Vgg6(model["width"])
    if kind == "preact-resnet-18":
        return PreActResNet18(model["shortcut"], model["finalNorm"], model["width"], channels)
    if kind == "resnet-18":
        return ResNet18(model["width"], channels)
    if kind == "wide-resnet":
        return WideResNet(model["depth"], model["width"], model["activation"].replace("swish", "silu"), model["subBlock"], channels)
    if kind == "convnext":
        return ConvNeXt(model["depths"], model["dims"], model.get("stemConvolutions", 2), SMALL_STRIDES[kind], channels)
    if kind == "vit":
        side = 28 if channels == 1 else 32
        return VisionTransformer(
            side, model["dim"], model["depth"], model.get("headDim", 64), model["stemWidth"], SMALL_STRIDES[kind], channels)
    if kind == "xcit":
        return Xcit(model["dim"], model["depth"], model["heads"], model.get("classBlocks", 2), SMALL_STRIDES[kind], channels)
    raise ValueError(f"no statement of {kind} for {channels} channels")
